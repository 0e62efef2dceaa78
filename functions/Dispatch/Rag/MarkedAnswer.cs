using System.Runtime.CompilerServices;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Citing;

namespace Serverless.Functions.Dispatch;

/// <summary>The answer of a rag route: what the model writes, with its markers seen to and its citations at the end; or that the documents do not answer.</summary>
internal static class MarkedAnswer
{
    /// <param name="markers">Whether markers are checked and added; not where the text is JSON or counted token by token.</param>
    /// <param name="keepsQuotes">Whether what stands in quotation marks is left as it is, markers in it included.</param>
    public static async IAsyncEnumerable<AnswerEvent> Of(
        IAsyncEnumerable<AnswerEvent> written, IReadOnlyList<Citation> citations, bool markers, bool keepsQuotes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var choices = new SortedDictionary<int, CitationMarkers>();
        await foreach (var answer in written.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // A model's thoughts pass without markers; what else its message holds does not, because citations are the route's own.
            if (answer is AnswerText { Extra: { } extra } && MessageExtra.Thoughts(extra) is { } thoughts) yield return AnswerText.Thought(thoughts, ((AnswerText)answer).Index);
            switch (answer)
            {
                case AnswerText { Text.Length: 0, Logprobs: null }:
                    break;
                case AnswerText text when markers:
                    if (!choices.TryGetValue(text.Index, out var choice)) choices[text.Index] = choice = new CitationMarkers(citations, keepsQuotes);
                    if (choice.Append(text.Text) is { Length: > 0 } shown) yield return text with { Text = shown, Extra = null };
                    break;
                case AnswerText text:
                    yield return text with { Extra = null };
                    break;
                case AnswerCompleted completed:
                    foreach (var (index, ended) in choices)
                    {
                        if (ended.End() is { Length: > 0 } rest) yield return new AnswerText(rest) { Index = index };
                    }

                    yield return completed with { Citations = choices.Count > 0 ? choices.First().Value.Citations : citations, Answered = true };
                    break;
                default:
                    yield return answer;
                    break;
            }
        }
    }

    /// <summary>No model is asked, so nothing is used.</summary>
    public static IEnumerable<AnswerEvent> Refusal(string words, GenerationSettings settings, string model)
    {
        var answers = settings.N ?? 1;
        for (var i = 0; i < answers; i++) yield return new AnswerText(words) { Index = i };
        yield return new AnswerCompleted("stop", new Usage(0, 0), [], model) { Answered = false, FinishReasons = answers > 1 ? [.. Enumerable.Repeat("stop", answers)] : null };
    }
}
