using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Source code, configuration and other text for machines: kept as it is and cut between lines.</summary>
public sealed class SourceCodeReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } =
    [
        ".asm", ".astro", ".bash", ".bat", ".bicep", ".c", ".cc", ".cfg", ".clj", ".cmake", ".cmd", ".conf", ".cpp", ".cr", ".cs", ".cshtml", ".csproj", ".css", ".csx", ".dart",
        ".diff", ".dockerfile", ".erl", ".ex", ".exs", ".f90", ".fish", ".fs", ".fsproj", ".fsx", ".go", ".gradle", ".graphql", ".groovy", ".h", ".hcl", ".hpp", ".hs",
        ".htaccess", ".http", ".ini", ".java", ".jl", ".js", ".json5", ".jsonc", ".jsx", ".kt", ".kts", ".less", ".lua", ".m", ".mjs", ".mk", ".ml", ".mli", ".nim", ".nix",
        ".pas", ".patch", ".php", ".pl", ".plist", ".properties", ".props", ".proto", ".ps1", ".py", ".r", ".razor", ".rb", ".resx", ".rs", ".s", ".sass", ".scala", ".scss",
        ".sh", ".sln", ".sol", ".sql", ".sty", ".svelte", ".swift", ".targets", ".tex", ".tf", ".thrift", ".toml", ".ts", ".tsx", ".vb", ".vbproj", ".vbs", ".vue", ".wsdl",
        ".xaml", ".xml", ".xsd", ".xsl", ".xslt", ".yaml", ".yml", ".zig", ".zsh",
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
        scope.CheckText(text.Length);
        return new ExtractedDocument(text, [new Section(null, 0, text.Length)], [new TextBlock(TextBlockKind.Code, 0, text.Length)]);
    }
}
