using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What a chat's message holds beside text, refusal and calls, piece by piece: the pieces of a stream together are what a whole message would have had.</summary>
internal static class MessageExtra
{
    /// <summary>Puts a piece behind what there is: texts and lists go on, objects by their members, what else there is stands for what was there.</summary>
    /// <param name="members">The members of the piece that count; null for all.</param>
    public static void Add(JsonObject whole, JsonElement piece, string[]? members = null)
    {
        foreach (var member in piece.EnumerateObject())
        {
            if (members?.Contains(member.Name) == false) continue;
            switch (whole[member.Name], member.Value.ValueKind)
            {
                case (JsonValue before, JsonValueKind.String) when before.GetValueKind() == JsonValueKind.String:
                    whole[member.Name] = before.GetValue<string>() + member.Value.GetString();
                    break;
                case (JsonArray before, JsonValueKind.Array):
                    foreach (var item in member.Value.EnumerateArray()) before.Add(JsonSerializer.SerializeToNode(item));
                    break;
                case (JsonObject before, JsonValueKind.Object):
                    Add(before, member.Value);
                    break;
                default:
                    whole[member.Name] = JsonSerializer.SerializeToNode(member.Value);
                    break;
            }
        }
    }

    /// <summary>The thoughts in it, under one of the two names that servers have for them; null for none.</summary>
    public static string? Thoughts(JsonElement extra) =>
        new[] { "reasoning_content", "reasoning" }.Select(name => extra.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null).FirstOrDefault(text => !string.IsNullOrEmpty(text));

    /// <summary>Anthropic's signed blocks of thoughts in it, as that service wants to see them again.</summary>
    public static IEnumerable<JsonElement> Blocks(JsonElement extra) => VendorJson.Items(extra, "thinking_blocks").Where(block => block.ValueKind == JsonValueKind.Object);

    /// <summary>The words in it that a model wrote: the longest text, because servers tell thoughts under two names at once.</summary>
    public static string Words(JsonElement extra) =>
        extra.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String).Select(m => m.Value.GetString()!).DefaultIfEmpty("").MaxBy(text => text.Length)!;
}
