using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// A <c>response_format</c> whose schema a service does not take at its root (<see cref="ObjectSchema"/>): it is told another, and the answer is told as the caller's schema has it.
/// </summary>
internal static class WrappedFormat
{
    /// <summary>Asks a service with a schema that it takes.</summary>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken)
    {
        if (VendorJson.Object(VendorJson.Object(generation.Settings.ResponseFormat, "json_schema"), "schema") is not { } schema || ObjectSchema.Of(schema) is not { } other) return ask(generation, cancellationToken);
        var format = JsonObject.Create(generation.Settings.ResponseFormat!.Value)!;
        format["json_schema"]!["schema"] = other.Schema;
        var asked = generation with { Settings = generation.Settings with { ResponseFormat = JsonSerializer.SerializeToElement(format, WireJson.Options) } };
        return other.IsWrapped ? ToldAsync(ask(asked, cancellationToken), generation.Answers, cancellationToken) : ask(asked, cancellationToken);
    }

    private static async IAsyncEnumerable<AnswerEvent> ToldAsync(IAsyncEnumerable<AnswerEvent> answer, int answers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var values = Enumerable.Range(0, answers).Select(_ => new WrappedValue()).ToArray();
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (piece is AnswerText { IsRefusal: false, Extra: null } text)
            {
                var told = text with { Text = values[text.Index].Push(text.Text) };
                if (told.IsShown || told.Prompt is not null) yield return told;
                continue;
            }

            if (piece is AnswerCompleted)
            {
                for (var i = 0; i < values.Length; i++)
                {
                    if (values[i].End() is { Length: > 0 } rest) yield return new AnswerText(rest) { Index = i };
                }
            }

            yield return piece;
        }
    }
}
