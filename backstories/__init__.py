"""Backstories: interviews that give a twin a life in the person's own voice.

Written from a record (or from nothing, or imported), kept turn by turn, checked by a critic:

    from understudy.backstories import Manner, commission, load_backstories, load_protocol
    from understudy.backstories import write_backstories

    manner = Manner(model="anthropic:NAME")
    what = commission(load_protocol("ten"), panel, manner, holdout=["trust"])
    write_backstories(what, "wave1.backstories")
    stories = load_backstories("wave1.backstories")
    stories["S0001"].text
"""

from .allowed import Mode
from .backstory import Author, Backstory, Status, Turn
from .commission import Commission, Manner, commission
from .critic.critic import Critic
from .critic.faults import Fault, Finding, Situation
from .interview import Interview
from .protocol import Protocol, ProtocolQuestion
from .protocol_file import load_protocol, protocol_names
from .store import Backstories, load_backstories
from .writing import awrite_backstories, write_backstories

__all__ = [
    "Author",
    "Backstories",
    "Backstory",
    "Commission",
    "Critic",
    "Fault",
    "Finding",
    "Interview",
    "Manner",
    "Mode",
    "Protocol",
    "ProtocolQuestion",
    "Situation",
    "Status",
    "Turn",
    "awrite_backstories",
    "commission",
    "load_backstories",
    "load_protocol",
    "protocol_names",
    "write_backstories",
]
