"""Every text the language says about an expression or a file, in both languages, by id.

No gettext here: the command line and workers say the same as the pages. French is written with plain
spaces; `typeset` sets those that French typography wants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "fr"]

_THIN = "\N{NARROW NO-BREAK SPACE}"
_FIXED = "\N{NO-BREAK SPACE}"


def typeset(french: str) -> str:
    """French as it is printed: a narrow no-break space before ; ? !, a no-break one before : and
    inside « »."""
    narrow = re.sub(r" ([;?!])", _THIN + r"\1", french)
    return (
        narrow.replace(" :", f"{_FIXED}:").replace("« ", f"«{_FIXED}").replace(" »", f"{_FIXED}»")
    )


#: Id → English, French. `{…}` are parameters.
_ERRORS: dict[str, tuple[str, str]] = {
    "empty": ("Write a condition.", "Écrivez une condition."),
    "too_long": (
        "{length} characters, the limit is {limit}; split the profile, or put values on a code list.",
        "{length} caractères, la limite est de {limit} ; divisez le profil, ou mettez des valeurs"
        " sur une liste de codes."),
    "too_deep": (
        "Conditions are nested more than {limit} deep; say it with fewer parentheses.",
        "Les conditions sont imbriquées sur plus de {limit} niveaux ; dites-le avec moins de parenthèses."),
    "too_many": (
        "More than {limit} parts; split the profile, or put values on a code list.",
        "Plus de {limit} éléments ; divisez le profil, ou mettez des valeurs sur une liste de codes."),
    "character": ("“{text}” has no meaning here.", "« {text} » n’a pas de sens ici."),
    "control": (
        "An invisible character (U+{code}) stands here; delete it.",
        "Un caractère invisible (U+{code}) se trouve ici ; effacez-le."),
    "double_quote": (
        "Text stands in single straight quotes: 'text'.",
        "Un texte se met entre apostrophes droites : 'texte'."),
    "unclosed_text": (
        "The text that begins here is not closed; a quote inside is doubled: 'l''hiver'.",
        "Le texte qui commence ici n’est pas fermé ; une apostrophe s’y double : 'l''hiver'."),
    "semicolon": (
        "A profile is one condition; nothing follows a semicolon.",
        "Un profil est une seule condition ; rien ne suit un point-virgule."),
    "comment": (
        "Comments are not kept; write notes beside the expression.",
        "Les commentaires ne sont pas gardés ; écrivez les notes à côté de l’expression."),
    "statement": (
        "{text} is no part of a condition: no statements and no subqueries.",
        "{text} n’a pas sa place dans une condition : ni instructions, ni sous-requêtes."),
    "not_offered": ("{text} is not offered.", "{text} n’est pas offert."),
    "unknown_column": (
        "No column {name} in the vocabulary.",
        "Pas de colonne {name} dans le vocabulaire."),
    "protected": (
        "{name} has no column and gets none: a profile never rests on race, ethnic origin, political"
        " opinion, religion, union, health or sexual life, nor on what betrays them (Directive (EU)"
        " 2016/681, art. 6(4)).",
        "{name} n’a pas de colonne et n’en aura pas : un profil ne se fonde jamais sur la race, l’origine"
        " ethnique, l’opinion politique, la religion, le syndicat, la santé ou la vie sexuelle, ni sur ce"
        " qui les trahit (directive (UE) 2016/681, art. 6, § 4)."),
    "unknown_function": ("No function {name}.", "Pas de fonction {name}."),
    "unknown_list": ("No code list “{name}”.", "Pas de liste de codes « {name} »."),
    "unknown_parameter": (
        "The parameter :{name} is not declared.",
        "Le paramètre :{name} n’est pas déclaré."),
    "function_without": (
        "{name} is a function: its arguments follow in parentheses.",
        "{name} est une fonction : ses arguments suivent entre parenthèses."),
    "not_function": (
        "{name} is a column, not a function; an operator is missing before the parenthesis.",
        "{name} est une colonne, pas une fonction ; il manque un opérateur devant la parenthèse."),
    "list_name": (
        "The name of a code list in quotes follows: IN LIST 'name'.",
        "Le nom d’une liste de codes entre apostrophes suit : IN LIST 'nom'."),
    "in_what": (
        "Values in parentheses or a code list follow: IN ('a', 'b') or IN LIST 'name'.",
        "Des valeurs entre parenthèses ou une liste de codes suivent : IN ('a', 'b') ou IN LIST 'nom'."),
    "in_empty": ("No value stands in the parentheses.", "Aucune valeur entre les parenthèses."),
    "in_constant": (
        "IN compares with written-out values only.",
        "IN ne compare qu’avec des valeurs écrites."),
    "is_what": (
        "IS is followed by MISSING or NOT MISSING; for yes and no write the column, or NOT and the column.",
        "IS est suivi de MISSING ou NOT MISSING ; pour oui et non, écrivez la colonne, ou NOT"
        " et la colonne."),
    "between_what": (
        "BETWEEN is followed by two values with AND between them.",
        "BETWEEN est suivi de deux valeurs séparées par AND."),
    "null": (
        "Nothing equals what is missing; write IS MISSING or IS NOT MISSING.",
        "Rien n’est égal à ce qui manque ; écrivez IS MISSING ou IS NOT MISSING."),
    "not_what": (
        "Here NOT goes with IN, LIKE, MATCHES or BETWEEN.",
        "Ici, NOT va avec IN, LIKE, MATCHES ou BETWEEN."),
    "operator_missing": (
        "An operator (=, <, AND, OR …) is missing before {text}.",
        "Il manque un opérateur (=, <, AND, OR …) devant {text}."),
    "operand_missing": (
        "A value or a condition is missing before {text}.",
        "Il manque une valeur ou une condition devant {text}."),
    "ends_early": (
        "The condition breaks off after {text}.",
        "La condition s’arrête après {text}."),
    "unclosed": ("This parenthesis is not closed.", "Cette parenthèse n’est pas fermée."),
    "unopened": ("This parenthesis closes nothing.", "Cette parenthèse ne ferme rien."),
    "comma": (
        "A comma stands only between arguments or values.",
        "Une virgule ne se met qu’entre des arguments ou des valeurs."),
    "not_read": ("This cannot be read here.", "Ceci ne peut être lu ici."),
    "number_size": (
        "Numbers go up to {limit}.",
        "Les nombres vont jusqu’à {limit}."),
    "day_value": (
        "“{text}” is no day; write it as 2026-01-31.",
        "« {text} » n’est pas un jour ; écrivez-le comme 2026-01-31."),
    "not_condition": (
        "{text} is {type}; a condition is needed here: compare it with something.",
        "{text} est {type} ; il faut une condition ici : comparez avec quelque chose."),
    "types": (
        "{left} is {left_type}, {right} is {right_type}: they cannot be compared.",
        "{left} est {left_type}, {right} est {right_type} : impossible de les comparer."),
    "operand_type": (
        "{operator} needs {needed}; {text} is {type}.",
        "{operator} demande {needed} ; {text} est {type}."),
    "yes_no_order": (
        "Yes and no have no order; use = or <>, or write the column alone.",
        "Oui et non n’ont pas d’ordre ; utilisez = ou <>, ou écrivez la colonne seule."),
    "days_subtracted": (
        "Days are counted with DAYS_BETWEEN(first, second) and moved with ADD_DAYS(day, number).",
        "Les jours se comptent avec DAYS_BETWEEN(premier, second) et se déplacent"
        " avec ADD_DAYS(jour, nombre)."),
    "arguments": (
        "Arguments of {name}: {needed} needed, {given} given.",
        "Arguments de {name} : {needed} nécessaires, {given} donnés."),
    "argument_type": (
        "{name} needs {needed} in place {place}; {text} is {type}.",
        "{name} demande {needed} à la place {place} ; {text} est {type}."),
    "argument_mix": (
        "{name} needs arguments of one type; {text} is {type}.",
        "{name} demande des arguments d’un même type ; {text} est {type}."),
    "pattern_constant": (
        "The pattern is text in quotes.",
        "Le modèle est un texte entre apostrophes."),
    "regex_long": (
        "The regular expression has {length} characters, the limit is {limit}; use IN LIST for many values.",
        "L’expression rationnelle a {length} caractères, la limite est de {limit} ; utilisez"
        " IN LIST pour de nombreuses valeurs."),
    "regex_large": (
        "The regular expression repeats too much: what it counts comes to more than {limit} steps.",
        "L’expression rationnelle répète trop : ce qu’elle compte dépasse {limit} étapes."),
    "regex_look": (
        "Look-ahead and look-behind are not offered in regular expressions; use AND and NOT around them.",
        "Les assertions avant et arrière ne sont pas offertes dans les expressions rationnelles ; utilisez"
        " AND et NOT autour."),
    "regex_back": (
        "Backreferences such as \\1 are not offered in regular expressions.",
        "Les références arrière comme \\1 ne sont pas offertes dans les expressions rationnelles."),
    "regex_class": (
        "The regular expression opens a bracket [ that is not closed.",
        "L’expression rationnelle ouvre un crochet [ qui n’est pas fermé."),
    "regex_group": (
        "The parentheses of the regular expression do not match.",
        "Les parenthèses de l’expression rationnelle ne s’accordent pas."),
    "regex_repeat": (
        "The regular expression repeats nothing here, or in a way that cannot be read.",
        "L’expression rationnelle ne répète rien ici, ou d’une manière illisible."),
    "regex_escape": (
        "The regular expression has a backslash before something that has no meaning after it.",
        "L’expression rationnelle a une barre oblique inverse devant ce qui n’a pas de sens après elle."),
    "regex_wrong": (
        "The regular expression cannot be read from here on.",
        "L’expression rationnelle ne peut être lue à partir d’ici."),
    "regex_many": (
        "More than {limit} regular expressions; use IN LIST or LIKE.",
        "Plus de {limit} expressions rationnelles ; utilisez IN LIST ou LIKE."),
    "form_operator": (
        "{column} is {type} and does not go with “{operator}”.",
        "{column} est {type} et ne va pas avec « {operator} »."),
    "form": (
        "The form cannot be read: {reason}.",
        "Le formulaire ne peut être lu : {reason}."),
}  # fmt: skip

_SUGGESTION = ("Did you mean {0}?", "Vouliez-vous dire {0} ?")

#: Type → with its article in English and French.
TYPES: dict[str, tuple[str, str]] = {
    "text": ("text", "un texte"),
    "number": ("a number", "un nombre"),
    "whole": ("a whole number", "un nombre entier"),
    "yes_no": ("yes or no", "un oui ou non"),
    "day": ("a day", "un jour"),
    "count": ("a whole number written out, 0 to 4000", "un entier écrit, de 0 à 4000"),
    "any": ("any type", "un type quelconque"),
}


class ExpressionError(Exception):
    """An expression that cannot be taken: which rule (`id` of this module, `params`), where (characters
    `start` to `end`, end exclusive), and what may have been meant.

    `str()` of it names the rule and the place only, so that no log keeps what was typed.
    """

    def __init__(
        self,
        id: str,
        start: int,
        end: int,
        params: Mapping[str, str] | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(f"{id} at {start}:{end}")
        self.id = id
        self.start = start
        self.end = end
        self.params = dict(params or {})
        self.suggestion = suggestion


def error_text(error: ExpressionError, language: Language) -> str:
    """What is wrong, in one or two sentences, with the suggestion where there is one."""
    place = _place(language)
    params = {
        key: TYPES[value][place]
        if key.endswith("type") or (key == "needed" and value in TYPES)
        else value
        for key, value in error.params.items()
    }
    text = fill(_ERRORS[error.id], params, language)
    if error.suggestion:
        return f"{text} {fill(_SUGGESTION, {'0': error.suggestion}, language)}"
    return text


def fill(texts: tuple[str, str], params: Mapping[str, str], language: Language) -> str:
    """One of two texts with its parameters put in."""
    text = texts[_place(language)]
    if language == "fr":
        text = typeset(text)
    return re.sub(r"\{(\w+)\}", lambda found: params.get(found[1], found[0]), text)


def _place(language: Language) -> int:
    return 1 if language == "fr" else 0
