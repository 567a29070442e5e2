"""The cell functions of xlportfolio: one thin module per family, plain functions in Python."""

from xlportfolio_udfs.ahp import pf_ahp
from xlportfolio_udfs.cut_line import pf_cut_line
from xlportfolio_udfs.ranking import pf_rank
from xlportfolio_udfs.scoring import pf_score
from xlportfolio_udfs.selection import pf_select
from xlportfolio_udfs.topsis import pf_topsis
from xlportfolio_udfs.utilisation import pf_utilisation
from xlportfolio_udfs.wsjf import pf_wsjf

__all__ = [
    "pf_ahp",
    "pf_cut_line",
    "pf_rank",
    "pf_score",
    "pf_select",
    "pf_topsis",
    "pf_utilisation",
    "pf_wsjf",
]
