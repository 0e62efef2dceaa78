using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What OpenAI's chats had before tools, and clients still send: <c>functions</c> and <c>function_call</c>, turns of role <c>function</c>. They become tools, which every provider
/// has that has any, and the call that comes is told as a <c>function_call</c> again. An answer of that form holds one call.
/// </summary>
internal static class LegacyFunctions
{
    /// <returns>The functions as tools; null for none.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static JsonElement? Tools(RequestFields fields)
    {
        if (fields.Array("functions") is not { } functions || functions.GetArrayLength() == 0) return null;
        if (fields.Has("tools")) throw GatewayException.Invalid("functions", "'functions' is what 'tools' was called before: give one of the two.");
        if (functions.GetArrayLength() > GenerationReader.MaxTools) throw GatewayException.Invalid("functions", $"'functions' may have at most {GenerationReader.MaxTools} entries.");
        var tools = new JsonArray();
        foreach (var function in functions.EnumerateArray())
        {
            GenerationReader.CheckFunction(function, $"functions[{tools.Count}]");
            tools.Add(new JsonObject { ["type"] = "function", ["function"] = JsonSerializer.SerializeToNode(function) });
        }

        return JsonNulls.Without(JsonSerializer.SerializeToElement(tools, WireJson.Options), "function");
    }

    /// <returns>What <c>tool_choice</c> would say; null for nothing, or what is done anyway.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static JsonElement? Choice(RequestFields fields, bool hasFunctions)
    {
        if (fields.Element("function_call") is not { } choice) return null;
        if (choice.ValueKind == JsonValueKind.String && (choice.ValueEquals("none"u8) || choice.ValueEquals("auto"u8))) return hasFunctions && choice.ValueEquals("none"u8) ? choice : null;
        if (choice.ValueKind != JsonValueKind.Object || !choice.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
            throw GatewayException.Invalid("function_call", "'function_call' must be none, auto or the name of a function.");
        if (!hasFunctions) throw GatewayException.Invalid("function_call", "'function_call' asks for a call, and there are no 'functions'.");
        return JsonSerializer.SerializeToElement(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name.GetString() } }, WireJson.Options);
    }

    /// <summary>An assistant's <c>function_call</c> as a call of a tool, whose id is made of its turn's place.</summary>
    /// <returns>Null for none.</returns>
    public static IReadOnlyList<ToolCall>? Call(RequestFields message, string path, int at)
    {
        if (message.Object("function_call") is not { } given) return null;
        var call = new RequestFields(given, path + ".function_call.");
        var name = call.Text("name") is { Length: > 0 } text ? text : throw call.Wrong("name", "a string");
        return [new ToolCall($"call_{at}", "function", new ToolFunction(name, call.Text("arguments") ?? "{}"))];
    }

    /// <summary>A turn of role <c>function</c> as the result of the last call of that name.</summary>
    /// <exception cref="GatewayException">400: nothing before it has called such a function.</exception>
    public static ChatMessage Result(ChatMessage message, IReadOnlyList<ChatMessage> before, string path)
    {
        var call = before.SelectMany(m => m.ToolCalls ?? []).LastOrDefault(c => c.Function.Name == message.Name)
            ?? throw GatewayException.Invalid($"{path}.name", $"'{path}.name' must be that of a function that an assistant's turn before it has called.");
        return message with { Role = "tool", ToolCallId = call.Id, Name = null, Content = message.Content ?? "" };
    }

    /// <summary>An answer as its caller reads it.</summary>
    public static IAsyncEnumerable<AnswerEvent> Told(AnswerRequest ask, IAsyncEnumerable<AnswerEvent> answer, CancellationToken cancellationToken) =>
        ask.Settings.UsesFunctions ? ToldAsync(answer, cancellationToken) : answer;

    private static async IAsyncEnumerable<AnswerEvent> ToldAsync(IAsyncEnumerable<AnswerEvent> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            switch (piece)
            {
                case AnswerToolCall { Call: > 0 }:
                    break;
                case AnswerToolCall call:
                    var function = new JsonObject();
                    if (call.Name is { } name) function["name"] = name;
                    function["arguments"] = call.Arguments;
                    yield return new AnswerText("") { Index = call.Index, Extra = JsonSerializer.SerializeToElement(new JsonObject { ["function_call"] = function }, WireJson.Options) };
                    break;
                case AnswerCompleted completed:
                    yield return completed with { FinishReason = Reason(completed.FinishReason), FinishReasons = completed.FinishReasons?.Select(Reason).ToList() };
                    break;
                default:
                    yield return piece;
                    break;
            }
        }
    }

    private static string Reason(string reason) => reason == "tool_calls" ? "function_call" : reason;
}
