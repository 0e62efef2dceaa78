using System.Text.Json.Nodes;

namespace Serverless.Functions.Providers;

/// <summary>
/// What Bedrock wants of the documents in a chat: each a name of its own, over all turns, and a text beside them. Sources: Amazon Bedrock's API reference, "Message" and "DocumentBlock", and
/// its refusal "Messages can't contain duplicate document names".
/// </summary>
internal static class BedrockDocuments
{
    private const string Attached = "(A document is attached.)";

    /// <param name="messages">The body's, which are changed.</param>
    public static void Complete(JsonArray messages)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var message in messages)
        {
            var content = message!["content"]!.AsArray();
            foreach (var block in content)
            {
                foreach (var document in Documents(block!)) document["name"] = Free((string)document["name"]!, taken);
            }

            if (content.Any(block => block!["document"] is not null) && content.All(block => block!["text"] is null)) content.Add(new JsonObject { ["text"] = Attached });
        }
    }

    private static IEnumerable<JsonNode> Documents(JsonNode block)
    {
        if (block["document"] is { } own) yield return own;
        foreach (var part in block["toolResult"]?["content"]?.AsArray() ?? [])
        {
            if (part!["document"] is { } given) yield return given;
        }
    }

    /// <summary>The name, with a number where one before has it: what a later turn brings changes no name of an earlier one, so that what is cached stays.</summary>
    private static string Free(string name, HashSet<string> taken)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++) free = $"{name[..Math.Min(name.Length, BedrockBody.MaxNameChars - 8)].TrimEnd()} ({number})";
        return free;
    }
}
