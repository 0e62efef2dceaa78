namespace Serverless.Functions.Ingestion.Readers.Latex;

/// <summary>Commands and environments of LaTeX and its usual packages, by what becomes of them.</summary>
internal static class LatexNames
{
    /// <summary>Environments whose text is code, in which no command is one.</summary>
    public static IReadOnlySet<string> Verbatim { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "verbatim", "verbatim*", "Verbatim", "BVerbatim", "LVerbatim", "lstlisting", "minted", "alltt", "comment", "filecontents", "filecontents*",
    };

    /// <summary>Environments that print nothing of their text, or nothing that is text.</summary>
    public static IReadOnlySet<string> Dropped { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "comment", "filecontents", "filecontents*", "tikzpicture", "pgfpicture", "picture", "axis", "forest", "circuitikz", "pspicture",
    };

    public static IReadOnlySet<string> Formulas { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "equation", "equation*", "align", "align*", "alignat", "alignat*", "flalign", "flalign*", "gather", "gather*", "multline", "multline*", "eqnarray", "eqnarray*", "math", "displaymath", "dmath", "dmath*",
    };

    public static IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "tabular", "tabular*", "tabularx", "tabulary", "tabularray", "tblr", "longtable", "longtblr", "supertabular", "xltabular", "array" };

    /// <summary>Levels of headings, 1 the outermost.</summary>
    public static IReadOnlyDictionary<string, int> Headings { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["part"] = 1, ["chapter"] = 2, ["section"] = 3, ["subsection"] = 4, ["subsubsection"] = 5, ["paragraph"] = 6, ["subparagraph"] = 7, ["frametitle"] = 4, ["framesubtitle"] = 5,
    };

    /// <summary>How many arguments of a command, or an environment's beginning, come before what it prints, or are all that it has.</summary>
    public static IReadOnlyDictionary<string, int> Unprinted { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["label"] = 1, ["ref"] = 1, ["eqref"] = 1, ["pageref"] = 1, ["autoref"] = 1, ["nameref"] = 1, ["cref"] = 1, ["Cref"] = 1, ["vref"] = 1, ["cite"] = 1, ["citep"] = 1, ["citet"] = 1, ["citealp"] = 1, ["citealt"] = 1, ["citeauthor"] = 1,
        ["citeyear"] = 1, ["parencite"] = 1, ["textcite"] = 1, ["autocite"] = 1, ["footcite"] = 1, ["nocite"] = 1, ["bibliography"] = 1, ["bibliographystyle"] = 1, ["addbibresource"] = 1, ["bibitem"] = 1, ["input"] = 1, ["include"] = 1,
        ["includeonly"] = 1, ["subfile"] = 1, ["import"] = 2, ["includegraphics"] = 1, ["includepdf"] = 1, ["graphicspath"] = 1, ["lstinputlisting"] = 1, ["documentclass"] = 1, ["usepackage"] = 1, ["RequirePackage"] = 1, ["index"] = 1,
        ["glossary"] = 1, ["vspace"] = 1, ["hspace"] = 1, ["vskip"] = 0, ["setlength"] = 2, ["addtolength"] = 2, ["setcounter"] = 2, ["addtocounter"] = 2, ["stepcounter"] = 1, ["refstepcounter"] = 1, ["pagestyle"] = 1, ["thispagestyle"] = 1,
        ["pagenumbering"] = 1, ["hypersetup"] = 1, ["geometry"] = 1, ["color"] = 1, ["pagecolor"] = 1, ["definecolor"] = 3, ["colorlet"] = 2, ["textcolor"] = 1, ["colorbox"] = 1, ["fcolorbox"] = 2, ["href"] = 1, ["hypertarget"] = 1,
        ["hyperlink"] = 1, ["fontsize"] = 2, ["selectlanguage"] = 1, ["foreignlanguage"] = 1, ["addcontentsline"] = 3, ["addtocontents"] = 2, ["markboth"] = 2, ["markright"] = 1, ["rule"] = 2, ["resizebox"] = 2, ["scalebox"] = 1,
        ["rotatebox"] = 1, ["raisebox"] = 1, ["parbox"] = 1, ["makebox"] = 0, ["multirow"] = 2, ["multicolumn"] = 2, ["cline"] = 1, ["cmidrule"] = 1, ["newcommand"] = 2, ["renewcommand"] = 2, ["providecommand"] = 2, ["newenvironment"] = 3,
        ["renewenvironment"] = 3, ["newtheorem"] = 2, ["theoremstyle"] = 1, ["DeclareMathOperator"] = 2, ["newcounter"] = 1, ["newlength"] = 1, ["newif"] = 0, ["title"] = 1, ["author"] = 1, ["date"] = 1, ["institute"] = 1, ["thanks"] = 1,
        ["lstset"] = 1, ["captionsetup"] = 1, ["sisetup"] = 1, ["usetheme"] = 1, ["usecolortheme"] = 1, ["setbeamertemplate"] = 2, ["tikz"] = 1, ["todo"] = 1, ["phantom"] = 1, ["hphantom"] = 1, ["vphantom"] = 1,
        ["begin tabular"] = 1, ["begin tabular*"] = 2, ["begin tabularx"] = 2, ["begin tabulary"] = 2, ["begin xltabular"] = 2, ["begin tblr"] = 1, ["begin longtblr"] = 1, ["begin longtable"] = 1, ["begin supertabular"] = 1, ["begin array"] = 1, ["begin minipage"] = 1, ["begin multicols"] = 1,
        ["begin thebibliography"] = 1, ["begin wrapfigure"] = 2, ["begin wraptable"] = 2, ["begin subfigure"] = 1, ["begin subtable"] = 1, ["begin adjustbox"] = 1, ["begin minted"] = 1, ["begin alignat"] = 1, ["begin list"] = 2, ["begin spacing"] = 1, ["begin otherlanguage"] = 1,
    };

    /// <summary>Signs that have a name.</summary>
    public static IReadOnlyDictionary<string, string> Signs { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["%"] = "%", ["&"] = "&", ["$"] = "$", ["#"] = "#", ["_"] = "_", ["{"] = "{", ["}"] = "}", [" "] = " ", [","] = " ", [";"] = " ", [":"] = " ", ["\n"] = " ", ["ss"] = "ß", ["ae"] = "æ", ["AE"] = "Æ", ["oe"] = "œ", ["OE"] = "Œ",
        ["o"] = "ø", ["O"] = "Ø", ["l"] = "ł", ["L"] = "Ł", ["aa"] = "å", ["AA"] = "Å", ["i"] = "ı", ["j"] = "ȷ", ["dh"] = "ð", ["th"] = "þ", ["ldots"] = "…", ["dots"] = "…", ["textellipsis"] = "…", ["textbackslash"] = "\\",
        ["LaTeX"] = "LaTeX", ["LaTeXe"] = "LaTeX2e", ["TeX"] = "TeX", ["BibTeX"] = "BibTeX", ["copyright"] = "©", ["textcopyright"] = "©", ["textregistered"] = "®", ["texttrademark"] = "™", ["S"] = "§", ["P"] = "¶", ["dag"] = "†",
        ["ddag"] = "‡", ["pounds"] = "£", ["euro"] = "€", ["texteuro"] = "€", ["textdegree"] = "°", ["degree"] = "°", ["textquotedblleft"] = "“", ["textquotedblright"] = "”", ["textquoteleft"] = "‘", ["textquoteright"] = "’", ["textquotesingle"] = "'",
        ["textendash"] = "–", ["textemdash"] = "—", ["textasciitilde"] = "~", ["textasciicircum"] = "^", ["textunderscore"] = "_", ["textbar"] = "|", ["textless"] = "<", ["textgreater"] = ">", ["textbullet"] = "•", ["textperiodcentered"] = "·", ["glqq"] = "„", ["grqq"] = "“",
        ["guillemotleft"] = "«", ["guillemotright"] = "»", ["quad"] = " ", ["qquad"] = " ", ["enspace"] = " ", ["thinspace"] = " ", ["space"] = " ", ["hfill"] = " ", ["newline"] = "\n", ["linebreak"] = "\n", ["and"] = "; ",
    };

    /// <summary>Commands that put an accent on the next letter, as combining marks.</summary>
    public static IReadOnlyDictionary<string, char> Accents { get; } = new Dictionary<string, char>(StringComparer.Ordinal)
    {
        ["`"] = '\u0300', ["'"] = '\u0301', ["^"] = '\u0302', ["~"] = '\u0303', ["="] = '\u0304', ["u"] = '\u0306', ["."] = '\u0307', ["\""] = '\u0308', ["r"] = '\u030A', ["H"] = '\u030B', ["v"] = '\u030C', ["d"] = '\u0323', ["c"] = '\u0327', ["k"] = '\u0328', ["b"] = '\u0331',
    };
}
