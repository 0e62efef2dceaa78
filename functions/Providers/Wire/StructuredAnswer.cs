using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// <c>response_format</c> for services that have tools and no formats: the answer is asked for as the call of one more tool, whose arguments have the schema, and told as text. That is
/// how Anthropic's own documentation has it for models without structured outputs, and what LangChain does there.
/// </summary>
internal sealed class StructuredAnswer
{
    private const string ToolName = "answer_in_json";

    private StructuredAnswer(Generation generation) => Generation = generation;

    /// <summary>What is asked of the service.</summary>
    private Generation Generation { get; }

    /// <summary>Asks such a service: as it stands where any text will do.</summary>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken) =>
        Of(generation) is { } structured ? structured.ReadAsync(ask(structured.Generation, cancellationToken), cancellationToken) : ask(generation, cancellationToken);

    /// <summary>What is asked of such a service: with one more tool where an answer has a format.</summary>
    public static Generation Asked(Generation generation) => Of(generation)?.Generation ?? generation;

    /// <returns>Null where any text will do.</returns>
    private static StructuredAnswer? Of(Generation generation)
    {
        var settings = generation.Settings;
        if (settings.ResponseFormat is not { } format) return null;
        var without = settings with { ResponseFormat = null };
        // Where one of the caller's tools must be called there is no answer.
        var isCall = settings.ToolChoice is { } choice && (choice.ValueKind == JsonValueKind.Object || choice.ValueEquals("required"u8));
        if (isCall) return new StructuredAnswer(generation with { Settings = without });
        var isForced = settings.Tools is null || settings.ToolChoice?.ValueEquals("none"u8) == true;
        var tools = new JsonArray([.. settings.Tools?.EnumerateArray().Select(tool => JsonSerializer.SerializeToNode(tool)) ?? [], Tool(format)]);
        // Anthropic's models are not made to call a tool where they think.
        JsonNode chosen = AnthropicBody.Thinks(settings) ? "auto" : isForced ? new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = ToolName } } : "required";
        return new StructuredAnswer(generation with
        {
            Settings = without with
            {
                Tools = JsonSerializer.SerializeToElement(tools, WireJson.Options),
                ToolChoice = JsonSerializer.SerializeToElement(chosen, WireJson.Options),
                ParallelToolCalls = isForced ? false : settings.ParallelToolCalls,
            },
        });
    }

    /// <summary>The service's answer as it was asked for. What it says beside its call is none of it.</summary>
    private async IAsyncEnumerable<AnswerEvent> ReadAsync(IAsyncEnumerable<AnswerEvent> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int? answering = null;
        var isCalling = false;
        var aside = new StringBuilder();
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            switch (piece)
            {
                case AnswerText { Extra: null } text when !isCalling:
                    if (answering is null) aside.Append(text.Text);
                    break;
                case AnswerToolCall call when call.Name == ToolName || call.Call == answering:
                    answering ??= call.Call;
                    if (call.Call == answering && call.Arguments.Length > 0) yield return new AnswerText(call.Arguments);
                    break;
                case AnswerToolCall call when answering is null:
                    isCalling = true;
                    if (aside.Length > 0) yield return new AnswerText(aside.ToString());
                    aside.Clear();
                    yield return call;
                    break;
                case AnswerToolCall:
                    break;
                case AnswerCompleted completed:
                    // A refusal, or what was cut off, has called nothing.
                    if (answering is null && aside.Length > 0) yield return new AnswerText(aside.ToString());
                    yield return answering is not null && completed.FinishReason == "tool_calls" ? completed with { FinishReason = "stop" } : completed;
                    break;
                default:
                    yield return piece;
                    break;
            }
        }
    }

    private static JsonObject Tool(JsonElement format)
    {
        var described = VendorJson.Object(format, "json_schema");
        var schema = VendorJson.Object(described, "schema") is { } given ? JsonObject.Create(given)! : new JsonObject { ["type"] = "object", ["additionalProperties"] = true };
        var function = new JsonObject
        {
            ["name"] = ToolName,
            ["description"] = VendorJson.Text(described, "description") is { Length: > 0 } description ? description : "Gives the answer, which is to be given in no other way. The arguments are the answer.",
            ["parameters"] = schema,
        };
        return new JsonObject { ["type"] = "function", ["function"] = function };
    }
}
