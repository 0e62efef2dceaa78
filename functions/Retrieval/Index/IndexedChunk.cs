using Azure.Search.Documents.Models;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>A chunk as the index holds it.</summary>
public sealed record IndexedChunk
{
    /// <summary>[A-Za-z0-9_=-]: names document, text and occurrence.</summary>
    public required string Id { get; init; }

    public required string Collection { get; init; }

    public required string Document { get; init; }

    public required string DocumentKey { get; init; }

    public string? Heading { get; init; }

    public required int Start { get; init; }

    public required int End { get; init; }

    public int? Page { get; init; }

    public required int Ordinal { get; init; }

    public required int Tokens { get; init; }

    public required string Text { get; init; }

    /// <summary>Clients who may find it beside the members of <see cref="Groups"/>.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>Whose members may find it; empty as are <see cref="Users"/>: everyone.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What filters can name, as <see cref="DocumentMetadata"/> reads it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Names the model and the hash of the embedded text; null leaves the one that is there.</summary>
    public string? VectorKey { get; init; }

    /// <summary>Null leaves the vector that is there.</summary>
    public ReadOnlyMemory<float>? Embedding { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Id} [{Text.Length} chars]";

    internal SearchDocument ToSearchDocument()
    {
        var document = new SearchDocument
        {
            [ChunkFields.Id] = Id,
            [ChunkFields.Collection] = Collection,
            [ChunkFields.Document] = Document,
            [ChunkFields.DocumentKey] = DocumentKey,
            [ChunkFields.Heading] = Heading,
            [ChunkFields.Start] = Start,
            [ChunkFields.End] = End,
            [ChunkFields.Page] = Page,
            [ChunkFields.Ordinal] = Ordinal,
            [ChunkFields.Tokens] = Tokens,
            [ChunkFields.Text] = Text,
            [ChunkFields.Normalized] = Normalized(),
            [ChunkFields.Groups] = Groups.ToArray(),
            [ChunkFields.Users] = Users.ToArray(),
            [ChunkFields.Metadata] = Metadata.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => new SearchDocument
            {
                [ChunkFields.MetadataName] = item.Key,
                [ChunkFields.MetadataValue] = item.Value,
                [ChunkFields.MetadataNumber] = DocumentMetadata.Number(item.Value),
            }).ToArray(),
        };
        if (VectorKey is not null) document[ChunkFields.VectorKey] = VectorKey;
        if (Embedding is { } embedding) document[ChunkFields.Embedding] = embedding.ToArray();
        return document;
    }

    /// <summary>Heading and text as they are matched, each where that is not as it is shown, and their words that bear accents without them; null where there is none of it.</summary>
    private string? Normalized()
    {
        var matched = ((string?[])[Heading, Text]).OfType<string>().Select(shown => (Shown: shown, Matched: SearchText.Normalize(shown))).ToList();
        var changed = matched.Select(text => (text.Shown, Matched: UnspacedWords.OfPassage(text.Matched))).Where(text => !ReferenceEquals(text.Shown, text.Matched)).Select(text => text.Matched);
        var unaccented = string.Join(' ', matched.SelectMany(text => WordForms.Unaccented(text.Matched)).Distinct(StringComparer.OrdinalIgnoreCase));
        var lines = unaccented.Length == 0 ? changed.ToList() : [.. changed, unaccented];
        return lines.Count == 0 ? null : string.Join('\n', lines);
    }
}
