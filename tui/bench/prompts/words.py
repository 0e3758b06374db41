"""Short, common words: with a space before it, each is one token in nearly every vocabulary of today's models.

Exactly 128 of small, so that seven bits choose one. A list and nothing else.
"""

_TEXT = """
the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one
you were all her she there would their we him been has when who will no more if out so up said what its about than
into small can only other time new some could these two may first then do any like my now over such our man me even
most made after also did many before must back through years much where your way down should because long each just
state those people how too place against between life being day under world year house great still last never own
part take get same three while
"""
WORDS = tuple(_TEXT.split())
