namespace Serverless.Documents.Xml;

/// <summary>Elements of DocBook (DocBook 5.1: The Definitive Guide) and DITA (OASIS DITA 1.3, "Language reference") by what is done with them.</summary>
internal static class ManualNames
{
    /// <summary>Those that a manual's root may be.</summary>
    public static HashSet<string> Roots { get; } = new(StringComparer.Ordinal)
    {
        "book", "article", "chapter", "appendix", "preface", "part", "set", "reference", "refentry", "section", "glossary", "topic", "concept", "task", "troubleshooting", "glossentry", "glossgroup", "dita", "TEI",
    };

    /// <summary>Those whose title is a heading, each below those around it.</summary>
    public static HashSet<string> Sections { get; } = new(StringComparer.Ordinal)
    {
        "book", "set", "part", "chapter", "appendix", "preface", "article", "reference", "refentry", "section", "simplesect", "sect1", "sect2", "sect3", "sect4", "sect5", "refsection", "refsect1", "refsect2",
        "refsect3", "glossary", "glossdiv", "bibliography", "colophon", "dedication", "partintro", "topic", "concept", "task", "troubleshooting", "refsyndiv", "qandaset", "qandadiv", "glossgroup",
    };

    /// <summary>What a heading is called in them; in others it is a line.</summary>
    public static HashSet<string> Titles { get; } = new(StringComparer.Ordinal) { "title", "refname" };

    /// <summary>About the document, or for machines.</summary>
    public static HashSet<string> Skipped { get; } = new(StringComparer.Ordinal)
    {
        "prolog", "indexterm", "remark", "draft-comment", "required-cleanup", "related-links", "reltable", "topicmeta", "metadata", "toc", "index", "lot", "refmeta", "revhistory", "titleabbrev", "navtitle", "searchtitle",
        "keywordset", "subjectset", "authorgroup", "author", "editor", "copyright", "legalnotice", "pubdate", "releaseinfo", "data", "data-about", "foreign", "unknown", "imagedata", "beginpage", "date", "annotation",
    };

    /// <summary>What of an info element is read.</summary>
    public static HashSet<string> ReadOfInfo { get; } = new(StringComparer.Ordinal) { "title", "subtitle", "abstract", "title-group", "info" };

    public static HashSet<string> Infos { get; } = new(StringComparer.Ordinal)
    {
        "info", "bookinfo", "articleinfo", "chapterinfo", "sectioninfo", "appendixinfo", "prefaceinfo", "partinfo", "sect1info", "sect2info", "sect3info", "setinfo", "refentryinfo", "referenceinfo", "blockinfo", "objectinfo",
    };

    /// <summary>Those that end what stands before them.</summary>
    public static HashSet<string> Blocks { get; } = new(StringComparer.Ordinal)
    {
        "para", "simpara", "formalpara", "p", "shortdesc", "abstract", "blockquote", "epigraph", "lq", "li", "sli", "listitem", "member", "step", "substep", "stepsection", "cmd", "info", "stepresult", "stepxmp", "tutorialinfo", "stepalternatives",
        "term", "dt", "dd", "pt", "pd", "dlentry", "varlistentry", "plentry", "choice", "context", "prereq", "result", "postreq", "example", "informalexample", "figure", "fig", "mediaobject", "title", "subtitle", "desc", "refpurpose", "refname",
        "glossterm", "glossdef", "glossBody", "bridgehead", "attribution", "line", "question", "answer", "body", "conbody", "taskbody", "refbody", "section", "sectiondiv", "bodydiv", "caption", "address", "biblioentry", "bibliomixed", "callout",
        "condition", "cause", "remedy", "responsibleParty", "screenco", "itemizedlist", "orderedlist", "variablelist", "simplelist", "procedure", "steps", "steps-unordered", "substeps", "ul", "ol", "dl", "sl", "parml", "choices", "table", "informaltable",
        "simpletable", "properties", "choicetable", "tgroup", "segmentedlist", "qandaentry", "glossentry", "note", "tip", "warning", "caution", "important", "danger", "sidebar", "div", "synopsis", "cmdsynopsis", "funcsynopsis",
    };

    /// <summary>Those whose line ends stay.</summary>
    public static HashSet<string> Code { get; } = new(StringComparer.Ordinal) { "programlisting", "screen", "literallayout", "synopsis", "codeblock", "pre", "msgblock", "lines" };

    /// <summary>Lists whose items have numbers.</summary>
    public static HashSet<string> Numbered { get; } = new(StringComparer.Ordinal) { "orderedlist", "procedure", "substeps", "steps", "ol" };

    /// <summary>What an item is called.</summary>
    public static HashSet<string> Items { get; } = new(StringComparer.Ordinal) { "listitem", "step", "substep", "li", "sli", "member", "choice", "dd", "pd", "dt", "pt", "term" };

    /// <summary>Boxes that are called by what they are.</summary>
    public static HashSet<string> Boxes { get; } = new(StringComparer.Ordinal) { "note", "tip", "warning", "caution", "important", "danger" };

    public static HashSet<string> Tables { get; } = new(StringComparer.Ordinal) { "table", "informaltable", "simpletable", "properties", "choicetable" };

    public static HashSet<string> Rows { get; } = new(StringComparer.Ordinal) { "row", "tr", "sthead", "strow", "prophead", "property", "chhead", "chrow" };

    public static HashSet<string> Cells { get; } = new(StringComparer.Ordinal)
    {
        "entry", "td", "th", "stentry", "proptypehd", "propvaluehd", "propdeschd", "proptype", "propvalue", "propdesc", "choptionhd", "chdeschd", "choption", "chdesc",
    };
}
