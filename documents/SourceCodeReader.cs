using System.Text.RegularExpressions;
using Serverless.Documents.Encodings;

namespace Serverless.Documents;

/// <summary>Source code, configuration and other text for machines: kept as it is and cut between lines.</summary>
public sealed partial class SourceCodeReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } =
    [
        ".abap", ".adb", ".ads", ".asm", ".astro", ".atom", ".awk", ".bash", ".bat", ".bazel", ".bicep", ".bicepparam", ".bst", ".bzl", ".c", ".cbl", ".cc", ".cfg",
        ".cjs", ".cl", ".clj", ".cljc", ".cljs", ".cls", ".cmake", ".cmd", ".cob", ".conf", ".cpp", ".cpy", ".cr", ".cs", ".cshtml", ".csproj", ".css", ".csx",
        ".cts", ".cu", ".cue", ".cuh", ".cxx", ".cypher", ".d", ".dart", ".ddl", ".desktop", ".diff", ".ditamap", ".dockerfile",
        ".drawio", ".edn", ".ejs", ".el", ".elm", ".erl", ".ex", ".exs", ".f", ".f03", ".f08", ".f77", ".f90", ".f95", ".feature", ".fish", ".for", ".fs", ".fsi",
        ".fsproj", ".fsx", ".ftl", ".gemspec", ".glsl", ".go", ".gpx", ".gradle", ".graphql", ".groovy", ".gv", ".h", ".hbs", ".hcl", ".hh", ".hlsl", ".hpp", ".hs",
        ".htaccess", ".http", ".hxx", ".ini", ".inl", ".ino", ".ixx", ".j2", ".java", ".jcl", ".jinja", ".jl", ".js", ".json5", ".jsonc", ".jsonnet", ".jsp", ".jsx",
        ".kml", ".kql", ".kt", ".kts", ".ldif", ".less", ".libsonnet", ".liquid", ".lisp", ".lua", ".m", ".m4", ".mermaid", ".mjs", ".mk", ".ml", ".mli", ".mm",
        ".mmd", ".mod", ".mts", ".mustache", ".nim", ".nix", ".nomad", ".opml", ".owl", ".pas", ".patch", ".php", ".pkb", ".pks", ".pl", ".plantuml", ".pli",
        ".plist", ".plsql", ".prc", ".properties", ".props", ".proto", ".ps1", ".psd1", ".psm1", ".pug", ".puml", ".purs", ".py", ".pyi", ".pyw", ".r", ".rake",
        ".razor", ".rb", ".rdf", ".reg", ".rego", ".resw", ".resx", ".rkt", ".robot", ".rpgle", ".rs", ".rss", ".s", ".sass", ".scala", ".scm", ".scss", ".service",
        ".sh", ".sln", ".sol", ".sql", ".strings", ".sty", ".sv", ".svelte", ".swift", ".targets", ".tcl", ".textproto", ".tf", ".thrift", ".tmpl", ".tmx",
        ".toml", ".tpl", ".trigger", ".ts", ".tsx", ".ttl", ".twig", ".typ", ".v", ".vala", ".vb", ".vbproj", ".vbs", ".vhd", ".vhdl", ".vue", ".wgsl", ".wsdl",
        ".xaml", ".xlf", ".xliff", ".xml", ".xsd", ".xsl", ".xslt", ".yaml", ".yml", ".zig", ".zsh",
    ];

    public IReadOnlyList<string> MediaTypes { get; } =
    [
        "application/javascript", "application/sql", "application/toml", "application/typescript", "application/x-httpd-php", "application/x-javascript", "application/x-sh",
        "application/x-yaml", "application/xml", "application/yaml", "text/css", "text/javascript", "text/x-c", "text/x-c++", "text/x-csharp", "text/x-go", "text/x-java",
        "text/x-java-source", "text/x-kotlin", "text/x-python", "text/x-ruby", "text/x-rust", "text/x-script.python", "text/x-shellscript", "text/x-sql", "text/x-typescript",
        "text/xml", "text/yaml",
    ];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset ?? TextDecoder.DeclaredInXml(file.Content.Span));
        if (file.Extension == ".properties") text = Unescaped(text);
        scope.CheckText(text.Length);
        return new ExtractedDocument(text, [new Section(null, 0, text.Length)], [new TextBlock(TextBlockKind.Code, 0, text.Length)]);
    }

    // Java's properties were Latin-1 for long, in which letters of other alphabets are escapes that nobody searches for (java.util.Properties.load).
    private static string Unescaped(string text) => text.Contains("\\u", StringComparison.Ordinal)
        ? ExtractedTextBuilder.WithoutHalfPairs(Escape().Replace(text, escape => escape.Groups[1].Value is { Length: > 0 } letter && (char)Convert.ToUInt16(letter, 16) is var c && !char.IsControl(c) ? c.ToString() : escape.Value))
        : text;

    // A backslash before a backslash begins no other escape.
    [GeneratedRegex(@"\\(?:u([0-9a-fA-F]{4})|[\s\S])", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();
}
