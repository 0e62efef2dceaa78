using System.Security.Cryptography;
using System.Text;
using Serverless.Documents;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Deterministic keys: the same text in the same document has the same key, wherever in it the text stands.</summary>
internal static class ChunkId
{
    private const int MaxHeading = 400;

    /// <summary>What is embedded: the headings above a passage and the head of its table say what it is about.</summary>
    public static string EmbeddedText(TextChunk chunk)
    {
        var text = chunk.TableHead is null ? chunk.Text : $"{chunk.TableHead}\n{chunk.Text}";
        return SearchText.Normalize(chunk.Heading is null ? text : $"{TextStart.Of(chunk.Heading, MaxHeading)}\n{text}");
    }

    /// <summary><c>{sha256 of collection/path}-{sha256 of the embedded text}-{occurrence}</c> for each chunk.</summary>
    public static IReadOnlyList<string> Assign(DocumentName document, IReadOnlyList<TextChunk> chunks)
    {
        var key = document.Key;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new List<string>(chunks.Count);
        foreach (var chunk in chunks)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(EmbeddedText(chunk))));
            var occurrence = seen.GetValueOrDefault(hash);
            seen[hash] = occurrence + 1;
            ids.Add(FormattableString.Invariant($"{key}-{hash}-{occurrence}"));
        }

        return ids;
    }

    /// <summary>The hash within an id.</summary>
    public static string TextHash(string id) => id.Split('-') is [_, var hash, _] ? hash : id;
}
