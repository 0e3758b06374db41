"""Short, common words: with a space before it, each is one token in nearly every vocabulary of today's models."""

_TEXT = tuple(
    """
    the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one
    you were all her she there would their we him been has when who will no more if out so up said what its about than
    into them can only other time new some could these two may first then do any like my now over such our man me even
    most made after also did many off before must well back through years much where your way down should because long
    each just state those people how too place against between life being day under world year house great still long
    both last need home part since work never own take get same three while use again old few right came here high
    small water think know number always every form place hand good small found still end put does another word well
    large must big even land turn why ask men change went light kind need house picture try animal point mother near
    build self earth father head stand page school grow study learn plant cover food sun thought let keep eye open seem
    together next white children begin got walk example ease paper group music mark often letter until mile river car
    feet care second book carry took science eat room friend began idea fish mountain stop once base hear horse cut sure
    watch color face wood main enough plain girl usual young ready above ever red list though feel talk bird soon body
    dog family direct pose leave song door product black short class wind question happen complete ship area half rock
    order fire south problem piece told knew pass top whole king space heard best hour better true during hundred five
    remember step early hold west ground interest reach fast sing listen six table travel less morning ten simple
    several toward war lay against pattern slow center love person money serve appear road map rain rule govern pull
    cold notice voice unit power town fine certain fly fall lead cry dark machine note wait plan figure star box noun
    field rest correct able pound done beauty drive stood contain front teach week final gave green quick develop ocean
    """.split()  # noqa: SIM905 - a page of words is read as words
)
WORDS = tuple(dict.fromkeys(_TEXT))
