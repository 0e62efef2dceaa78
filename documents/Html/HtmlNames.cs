namespace Serverless.Documents.Html;

/// <summary>HTML's element names by what is done with them (WHATWG HTML, sections 4 and 13).</summary>
internal static class HtmlNames
{
    public static HashSet<string> Void { get; } =
        ["area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param", "source", "track", "wbr"];

    /// <summary>Those that the parser opens again in every block until they are closed.</summary>
    public static HashSet<string> Formatting { get; } =
        ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

    /// <summary>Those whose content holds no tags.</summary>
    public static HashSet<string> RawText { get; } =
        ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"];

    /// <summary>Those whose tags go, and whose content stays.</summary>
    public static HashSet<string> Dropped { get; } = ["frameset", "frame", "base", "basefont", "bgsound", "link", "meta", "param", "source", "track", "col", "colgroup"];

    /// <summary>Those whose content is not read: one that is never closed would take the rest of the page with it.</summary>
    public static HashSet<string> Hiding { get; } = ["nav", "select", "object", "applet", "canvas", "audio", "video", "datalist", "template", "noscript", "button", "dialog", "meter", "progress"];

    /// <summary>Those that people leave open, because they may or because nothing comes of it.</summary>
    public static HashSet<string> LeftOpen { get; } =
    [
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "rt", "rp", "rb", "rtc", "br", "hr", "wbr", "img",
        "b", "i", "u", "s", "em", "strong", "small", "big", "tt", "center", "font", "kbd", "sub", "sup", "del", "ins", "mark", "strike", "nobr",
    ];

    /// <summary>Attributes that hide parts of a drawing without a style (SVG 2, section 6.6).</summary>
    public static HashSet<string> StylesOfDrawings { get; } = ["display", "visibility", "opacity"];

    /// <summary>Attributes that have no value.</summary>
    public static HashSet<string> Bare { get; } =
    [
        "hidden", "open", "checked", "disabled", "selected", "readonly", "required", "multiple", "autofocus", "autoplay", "controls", "loop", "muted", "playsinline", "default", "defer", "async", "nomodule",
        "ismap", "novalidate", "formnovalidate", "reversed", "allowfullscreen", "inert", "itemscope", "nowrap", "noshade", "compact", "declare", "download", "popover", "contenteditable", "draggable", "crossorigin",
        "sandbox", "border", "class", "id", "alt", "align", "clear", "markdown", "setup", "scoped", "lang",
    ];

    public static HashSet<string> Known { get; } =
    [
        .. Void, .. Formatting, .. RawText, .. Dropped,
        "abbr", "acronym", "address", "applet", "article", "aside", "audio", "bdi", "bdo", "blockquote", "body", "button", "canvas", "caption", "center", "cite", "data",
        "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
        "head", "header", "hgroup", "html", "ins", "kbd", "label", "legend", "li", "listing", "main", "map", "mark", "marquee", "math", "menu", "meter", "nav", "noscript", "object", "ol",
        "optgroup", "option", "output", "p", "picture", "pre", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "samp", "search", "section", "select", "slot", "span", "sub",
        "summary", "sup", "svg", "table", "tbody", "td", "template", "tfoot", "th", "thead", "time", "tr", "ul", "var", "video",
    ];
}
