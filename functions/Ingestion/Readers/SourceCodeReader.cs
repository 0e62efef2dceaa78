using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Source code, configuration and other text for machines: kept as it is and cut between lines.</summary>
public sealed class SourceCodeReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } =
    [
        ".bat", ".bicep", ".c", ".cc", ".cfg", ".clj", ".cmd", ".conf", ".cpp", ".cs", ".csproj", ".css", ".dart", ".dockerfile", ".erl", ".ex", ".exs", ".fs", ".fsx",
        ".go", ".gradle", ".graphql", ".groovy", ".h", ".hpp", ".hs", ".ini", ".java", ".jl", ".js", ".jsx", ".kt", ".kts", ".lua", ".m", ".mjs", ".pl", ".php", ".props",
        ".properties", ".proto", ".ps1", ".py", ".r", ".rb", ".rs", ".scala", ".scss", ".sh", ".sql", ".swift", ".tf", ".toml", ".ts", ".tsx", ".vb", ".xml", ".yaml", ".yml",
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
