"""NIM endpoints of the embedded cluster: one for each serving workload, with the names of NIM 1.x."""
