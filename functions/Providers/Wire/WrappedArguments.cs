using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Tools whose schema a service does not take at its root (<see cref="ObjectSchema"/>): it is told another, calls are told with the arguments that the caller's schema has, and calls of
/// before with those that the service's has.
/// </summary>
internal sealed class WrappedArguments
{
    private readonly HashSet<string> _wrapped = new(StringComparer.Ordinal);
    private readonly bool _isComplete;

    private WrappedArguments(bool isComplete) => _isComplete = isComplete;

    /// <summary>Asks a service with schemas that it takes.</summary>
    /// <param name="isComplete">Whether it wants a type and properties in any case: OpenAI, "object schema missing properties".</param>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken, bool isComplete = false)
    {
        var arguments = new WrappedArguments(isComplete);
        var asked = arguments.Of(generation);
        return arguments._wrapped.Count == 0 ? ask(asked, cancellationToken) : arguments.ToldAsync(ask(asked, cancellationToken), cancellationToken);
    }

    /// <summary>What is asked of such a service.</summary>
    public static Generation Asked(Generation generation) => new WrappedArguments(isComplete: false).Of(generation);

    private Generation Of(Generation generation)
    {
        if (generation.Settings.Tools is not { } tools) return generation;
        var others = tools.EnumerateArray().Select(tool => VendorJson.Object(VendorJson.Object(tool, "function"), "parameters") is { } schema ? ObjectSchema.Of(schema, _isComplete) : null).ToList();
        // Nearly always.
        if (others.TrueForAll(other => other is null)) return generation;
        var told = new JsonArray();
        foreach (var (tool, other) in tools.EnumerateArray().Zip(others))
        {
            var node = JsonSerializer.SerializeToNode(tool)!;
            told.Add(node);
            if (other is null) continue;
            node["function"]!["parameters"] = other.Schema;
            if (other.IsWrapped && ToolNames.Of(tool) is { } name) _wrapped.Add(name);
        }

        return generation with
        {
            Messages = _wrapped.Count == 0 ? generation.Messages : generation.Messages?.Select(Message).ToList(),
            Settings = generation.Settings with { Tools = JsonSerializer.SerializeToElement(told, WireJson.Options) },
        };
    }

    private ChatMessage Message(ChatMessage message) =>
        message.ToolCalls is { } calls && calls.Any(call => _wrapped.Contains(call.Function.Name)) ? message with { ToolCalls = [.. calls.Select(Call)] } : message;

    private ToolCall Call(ToolCall call) =>
        _wrapped.Contains(call.Function.Name) && IsJson(call.Function.Arguments) ? call with { Function = call.Function with { Arguments = $"{{\"{ObjectSchema.Name}\":{call.Function.Arguments}}}" } } : call;

    private static bool IsJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) is not null || text.Trim() == "null";
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<AnswerEvent> ToldAsync(IAsyncEnumerable<AnswerEvent> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (AnswerToolCall Call, WrappedValue Value)? open = null;
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (piece is AnswerToolCall more && open is var (call, value) && (more.Index, more.Call) == (call.Index, call.Call))
            {
                var text = value.Push(more.Arguments);
                if (text.Length > 0 || more.Extra is not null) yield return more with { Arguments = text };
                continue;
            }

            if (open is var (ended, rest) && rest.End() is { Length: > 0 } left) yield return ended with { Id = null, Name = null, Extra = null, Arguments = left };
            open = null;
            if (piece is AnswerToolCall { Name: { } name } first && _wrapped.Contains(name))
            {
                open = (first, new WrappedValue());
                yield return first with { Arguments = open.Value.Value.Push(first.Arguments) };
                continue;
            }

            yield return piece;
        }
    }
}
