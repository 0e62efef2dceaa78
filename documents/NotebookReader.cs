using System.Text;
using System.Text.Json;
using Serverless.Documents.Encodings;
using Serverless.Documents.Html;
using Serverless.Documents.Markdown;

namespace Serverless.Documents;

/// <summary>
/// Jupyter notebooks (nbformat 3 and 4): notes by <see cref="MarkdownReader"/>'s rules, code and what it printed as code. Pictures and widgets go, and of an error its trace.
/// </summary>
public sealed class NotebookReader : IDocumentReader
{
    private const int MaxDepth = 64;
    private const string Broken = "The file is no notebook: it holds no cells.";

    public IReadOnlyList<string> Extensions { get; } = [".ipynb"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/x-ipynb+json"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var bytes = Encoding.UTF8.GetBytes(TextDecoder.Decode(file.Content.Span, file.Charset));
        var builder = new ExtractedTextBuilder(scope);
        try
        {
            Count(bytes, scope);
            using var notebook = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
            foreach (var cell in Cells(notebook.RootElement)) AddCell(cell, builder, scope);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Their messages may quote the file.
            throw new DocumentRejectedException(Broken);
        }

        return builder.Build();
    }

    // Before a tree of them is made.
    private static void Count(byte[] bytes, ReadingScope scope)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read()) scope.CountElement();
    }

    private static IEnumerable<JsonElement> Cells(JsonElement notebook)
    {
        if (notebook.TryGetProperty("cells", out var cells)) return cells.EnumerateArray();
        return notebook.TryGetProperty("worksheets", out var sheets)
            ? sheets.EnumerateArray().Where(sheet => sheet.TryGetProperty("cells", out _)).SelectMany(sheet => sheet.GetProperty("cells").EnumerateArray())
            : throw new DocumentRejectedException(Broken);
    }

    private static void AddCell(JsonElement cell, ExtractedTextBuilder builder, ReadingScope scope)
    {
        scope.Check();
        var source = Lines(cell, "source") ?? Lines(cell, "input") ?? string.Empty;
        switch (Name(cell, "cell_type"))
        {
            case "markdown":
                MarkdownReader.AddTo(source, builder, scope);
                break;
            case "heading":
                builder.AddHeading(cell.TryGetProperty("level", out var level) && level.TryGetInt32(out var number) ? Math.Clamp(number, 1, 6) : 1, source);
                break;
            case "code":
                builder.AddCode(source);
                if (!cell.TryGetProperty("outputs", out var outputs)) break;
                foreach (var output in outputs.EnumerateArray()) AddOutput(output, builder, scope);
                break;
            default:
                builder.AddBlock(source);
                break;
        }
    }

    private static void AddOutput(JsonElement output, ExtractedTextBuilder builder, ReadingScope scope)
    {
        switch (Name(output, "output_type"))
        {
            case "stream":
                builder.AddCode(Printed(Lines(output, "text")));
                break;
            case "error" or "pyerr":
                builder.AddBlock(Printed($"{Name(output, "ename")}: {Name(output, "evalue")}"));
                break;
            case "execute_result" or "pyout" or "display_data":
                // Until version 4 its forms stood in the output itself, by other names.
                var data = output.TryGetProperty("data", out var forms) ? forms : output;
                if (Lines(data, "text/markdown") is { } markdown) MarkdownReader.AddTo(markdown, builder, scope);
                else if (!IsPicture(data) && Page(data, scope) is { IsEmpty: false } page) builder.AddPart(page.Build());
                else if (!IsPicture(data) && !IsName(data)) builder.AddCode(Printed(Lines(data, "text/plain") ?? Lines(data, "text")));
                break;
        }
    }

    // What stands for one in words names its class and nothing else.
    private static bool IsPicture(JsonElement data) => data.EnumerateObject().Any(form =>
        form.Name.StartsWith("image/", StringComparison.Ordinal) || form.Name is "png" or "jpeg" or "svg" || form.Name.Contains("widget", StringComparison.Ordinal));

    // A frame of data, whose columns a terminal's width would break, and what has no other words.
    private static ExtractedTextBuilder? Page(JsonElement data, ReadingScope scope)
    {
        if (Lines(data, "text/html") is not { } html || !(IsName(data) || html.Contains("<table", StringComparison.OrdinalIgnoreCase))) return null;
        var builder = new ExtractedTextBuilder(scope);
        new HtmlPage(html, isXhtml: false, scope).AddTo(builder);
        return builder;
    }

    // "<IPython.core.display.HTML object>" stands for what only a page shows.
    private static bool IsName(JsonElement data) => (Lines(data, "text/plain") ?? Lines(data, "text")) is ['<', .., '>'] text && text.Contains(" object", StringComparison.Ordinal) && !text.Contains('\n', StringComparison.Ordinal);

    private static string? Name(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A text, or its lines with their ends.
    private static string? Lines(JsonElement element, string property) => !element.TryGetProperty(property, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array => string.Concat(value.EnumerateArray().Select(line => line.GetString())),
        _ => null,
    };

    private static string Printed(string? text) => TerminalText.LastOfEachLine(TerminalText.Plain(text ?? string.Empty)).ReplaceLineEndings("\n");
}
