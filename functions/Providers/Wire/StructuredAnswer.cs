using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// <c>response_format</c> for services that have tools and no formats: the answer is asked for as the call of one more tool, whose arguments have the schema, and told as text. That is
/// how Anthropic's own documentation has it for models without structured outputs, and what LangChain does there. Gemini's models before the third, Cohere's
/// and text-generation-inference, which have formats but none beside tools, are asked so where there are tools.
/// </summary>
internal sealed class StructuredAnswer
{
    private const string ToolName = "answer_in_json";

    private StructuredAnswer(Generation generation) => Generation = generation;

    /// <summary>What is asked of the service.</summary>
    private Generation Generation { get; }

    /// <summary>Asks such a service: as it stands where any text will do.</summary>
    /// <param name="callsThinking">Whether a model that thinks can be made to call a tool, which Anthropic's can not.</param>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken, bool callsThinking = false) =>
        Of(generation, callsThinking) is { } structured ? structured.ReadAsync(ask(structured.Generation, cancellationToken), cancellationToken) : ask(generation, cancellationToken);

    /// <summary>What is asked of such a service: with one more tool where an answer has a format.</summary>
    public static Generation Asked(Generation generation, bool callsThinking = false) => Of(generation, callsThinking)?.Generation ?? generation;

    /// <returns>Null where any text will do.</returns>
    private static StructuredAnswer? Of(Generation generation, bool callsThinking)
    {
        var settings = generation.Settings;
        if (settings.ResponseFormat is not { } format) return null;
        var without = settings with { ResponseFormat = null };
        // Where one of the caller's tools must be called there is no answer.
        var isCall = settings.ToolChoice is { } choice && (choice.ValueKind == JsonValueKind.Object || choice.ValueEquals("required"u8));
        if (isCall) return new StructuredAnswer(generation with { Settings = without });
        var isForced = settings.Tools is null || settings.ToolChoice?.ValueEquals("none"u8) == true;
        var tools = new JsonArray([.. settings.Tools?.EnumerateArray().Select(tool => JsonSerializer.SerializeToNode(tool)) ?? [], Tool(format)]);
        JsonNode chosen = !callsThinking && AnthropicThinking.Asks(settings) ? "auto" : isForced ? new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = ToolName } } : "required";
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
        var choices = Enumerable.Range(0, Generation.Answers).Select(_ => new Choice()).ToArray();
        Usage? prompt = null;
        var isTold = false;
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            prompt ??= piece.Prompt;
            switch (piece)
            {
                case AnswerText { Extra: null } text when !choices[text.Index].IsCalling:
                    if (choices[text.Index].Answering is null) choices[text.Index].Aside.Append(text.Text);
                    break;
                case AnswerToolCall call when choices[call.Index] is var choice && (call.Name == ToolName || call.Call == choice.Answering):
                    choice.Answering ??= call.Call;
                    if (call.Call == choice.Answering && call.Arguments.Length > 0) yield return Told(new AnswerText(call.Arguments) { Index = call.Index });
                    break;
                case AnswerToolCall call when choices[call.Index] is { Answering: null } choice:
                    choice.IsCalling = true;
                    if (choice.Aside.Length > 0) yield return Told(new AnswerText(choice.Aside.ToString()) { Index = call.Index });
                    choice.Aside.Clear();
                    yield return Told(call);
                    break;
                case AnswerToolCall:
                    break;
                case AnswerCompleted completed:
                    for (var i = 0; i < choices.Length; i++)
                    {
                        // A refusal, or what was cut off, has called nothing.
                        if (choices[i] is { Answering: null, Aside.Length: > 0 }) yield return Told(new AnswerText(choices[i].Aside.ToString()) { Index = i });
                    }

                    yield return Told(completed with { FinishReason = Reason(completed.FinishReason, choices[0]), FinishReasons = completed.FinishReasons?.Select((reason, i) => Reason(reason, choices[i])).ToList() });
                    break;
                default:
                    yield return Told(piece);
                    break;
            }
        }

        // What the prompt took is told with the first of what is told.
        AnswerEvent Told(AnswerEvent piece)
        {
            if (prompt is null || isTold) return piece;
            isTold = true;
            return piece with { Prompt = prompt };
        }
    }

    private static string Reason(string reason, Choice choice) => choice.Answering is not null && reason == "tool_calls" ? "stop" : reason;

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

    /// <summary>One of several answers.</summary>
    private sealed class Choice
    {
        /// <summary>Which of its calls is the answer; null where none is as yet.</summary>
        public int? Answering { get; set; }

        /// <summary>Whether it calls a tool of the caller's.</summary>
        public bool IsCalling { get; set; }

        /// <summary>What was said before any call.</summary>
        public StringBuilder Aside { get; } = new();
    }
}
