using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Tools under names that a service takes (<see cref="ToolNameRule"/>), and calls told under the caller's. MCP servers give names of any length with dots and slashes. A name is changed
/// in the same way each time, so that turns of before still name the same tool.
/// </summary>
internal sealed class FittedToolNames
{
    private readonly ToolNameRule _rule;
    private readonly Dictionary<string, string> _callers = new(StringComparer.Ordinal);

    private FittedToolNames(ToolNameRule? rule) => _rule = rule ?? ToolNameRule.Common;

    /// <summary>Asks a service under names that it takes.</summary>
    /// <param name="rule">What it takes; null for what most do.</param>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken, ToolNameRule? rule = null)
    {
        if (!NamesAny(generation)) return ask(generation, cancellationToken);
        var names = new FittedToolNames(rule);
        var asked = names.Fitted(generation);
        return names._callers.Count == 0 ? ask(generation, cancellationToken) : names.ToldAsync(ask(asked, cancellationToken), cancellationToken);
    }

    /// <summary>What is asked of such a service.</summary>
    public static Generation Asked(Generation generation, ToolNameRule? rule = null) => new FittedToolNames(rule).Fitted(generation);

    private Generation Fitted(Generation generation)
    {
        // Nearly always: then nothing is copied.
        if (Names(generation).All(name => Fit(name) == name)) return generation;
        var settings = generation.Settings;
        var tools = settings.Tools is { } given ? Json(new JsonArray([.. given.EnumerateArray().Select(Tool)])) : (JsonElement?)null;
        var messages = generation.Messages?.Select(Message).ToList();
        var choice = settings.ToolChoice is { ValueKind: JsonValueKind.Object } named ? Json(Renamed(JsonObject.Create(named)!)) : settings.ToolChoice;
        return generation with { Messages = messages, Settings = settings with { Tools = tools, ToolChoice = choice } };
    }

    private string Fit(string name)
    {
        var fitting = ToolName.Of(name, _rule);
        if (fitting != name) _callers[fitting] = name;
        return fitting;
    }

    /// <summary>Most questions name no tool: those are not looked through, and nothing is made for them.</summary>
    private static bool NamesAny(Generation generation)
    {
        if (generation.Settings.Tools is not null) return true;
        for (var i = 0; i < (generation.Messages?.Count ?? 0); i++)
        {
            if (generation.Messages![i] is { Role: "tool" } or { ToolCalls: not null }) return true;
        }

        return false;
    }

    private static IEnumerable<string> Names(Generation generation)
    {
        if (generation.Settings.Tools is { } tools)
        {
            foreach (var tool in tools.EnumerateArray())
            {
                if (ToolNames.Of(tool) is { } name) yield return name;
            }
        }

        foreach (var message in generation.Messages ?? [])
        {
            if (message is { Role: "tool", Name: { } of }) yield return of;
            foreach (var call in message.ToolCalls ?? []) yield return call.Function.Name;
        }
    }

    private JsonNode? Tool(JsonElement tool)
    {
        var node = JsonSerializer.SerializeToNode(tool);
        if (ToolNames.Of(tool) is not { } name || Fit(name) is var fitting && fitting == name) return node;
        node![VendorJson.Text(tool, "type")!]!["name"] = fitting;
        return node;
    }

    private ChatMessage Message(ChatMessage message)
    {
        if (message.Role == "tool" && message.Name is { } of) message = message with { Name = Fit(of) };
        if (message.ToolCalls is not { } calls) return message;
        return message with { ToolCalls = [.. calls.Select(call => call with { Function = call.Function with { Name = Fit(call.Function.Name) } })] };
    }

    /// <summary>A choice with all names in it, of one tool or of several.</summary>
    private JsonObject Renamed(JsonObject choice)
    {
        foreach (var (member, value) in choice.ToList())
        {
            if (value is JsonObject inner) Renamed(inner);
            else if (value is JsonArray list) list.OfType<JsonObject>().ToList().ForEach(item => Renamed(item));
            else if (member == "name" && value?.GetValueKind() == JsonValueKind.String) choice[member] = Fit((string)value!);
        }

        return choice;
    }

    private async IAsyncEnumerable<AnswerEvent> ToldAsync(IAsyncEnumerable<AnswerEvent> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return piece is AnswerToolCall { Name: { } name } call && _callers.TryGetValue(name, out var callers) ? call with { Name = callers } : piece;
        }
    }

    private static JsonElement Json(JsonNode node) => JsonSerializer.SerializeToElement(node, WireJson.Options);
}
