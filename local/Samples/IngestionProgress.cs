using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Local.Samples;

/// <summary>How far a collection's documents have come, from <c>GET /collections/{name}/documents</c>.</summary>
public sealed record IngestionProgress(int Ready, IReadOnlyList<(string Document, string Reason)> Failures)
{
    /// <summary>Documents that are ready or have failed.</summary>
    public int Ended => Ready + Failures.Count;

    /// <exception cref="JsonException">The text is not such an answer.</exception>
    public static IngestionProgress Parse(string json)
    {
        var root = JsonNode.Parse(json);
        var documents = (root as JsonArray ?? root?["documents"] as JsonArray ?? throw new JsonException("A list of documents is expected."))
            .Select(item => (Name: Text(item, "document") ?? "?", State: Text(item, "state"), Reason: Text(item, "error") ?? "no reason given")).ToArray();
        return new IngestionProgress(
            documents.Count(document => document.State == "ready"),
            [.. documents.Where(document => document.State == "failed").Select(document => (document.Name, document.Reason))]);
    }

    /// <summary>The message of an error body; null when there is none.</summary>
    internal static string? ErrorMessage(string body)
    {
        try
        {
            return Text(JsonNode.Parse(body)?["error"], "message");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonNode? item, string name) => item is JsonObject found && found[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
