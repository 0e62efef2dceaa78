using System.Runtime.CompilerServices;
using System.Text;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Guards;

/// <summary>
/// An answer's events behind a route's guards. Each choice's text, and each tool call's arguments, is one text, however it is cut; what is held back of it
/// goes before the end. Log probabilities would tell what was masked, tokens what was held, and what a message
/// has beside its text is not looked at: none of them passes.
/// </summary>
/// <param name="isJson">Whether the answer's text was asked for as JSON; a function's arguments are in any case.</param>
internal sealed class GuardedAnswer(TextGuard guard, IReadOnlyList<GuardRule> rules, bool isJson, ContentSafety safety, GuardMetrics metrics)
{
    // Content Safety sees a stream in pieces of this size, each with the end of the one before.
    private const int Window = 400;
    private const int Overlap = 100;

    // An answer's texts are told apart by the number of their call, from 0.
    private const int Content = -1;
    private const int Refusal = -2;

    private readonly bool _asksSafety = rules.Any(r => r.ContentSafety is not null);
    private readonly SortedDictionary<(int Index, int Call), Text> _texts = [];

    public async IAsyncEnumerable<AnswerEvent> FilterAsync(IAsyncEnumerable<AnswerEvent> answers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? model = null;
        await foreach (var answer in answers.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (answer is AnswerCompleted completed)
            {
                foreach (var ((index, call), text) in _texts)
                {
                    if (await PushAsync(text, "", isLast: true, cancellationToken).ConfigureAwait(false) is { Length: > 0 } rest) yield return Event(index, call, rest, text.IsCustom);
                    if (text.IsBlocked) break;
                }

                model = completed.Model;
                yield return _texts.Values.Any(t => t.IsBlocked) ? completed with { FinishReason = "content_filter", FinishReasons = Filtered(completed) } : completed;
                yield break;
            }

            var (at, piece) = answer is AnswerText said ? ((said.Index, said.IsRefusal ? Refusal : Content), said.Text) : ((((AnswerToolCall)answer).Index, ((AnswerToolCall)answer).Call), ((AnswerToolCall)answer).Arguments);
            if (!_texts.TryGetValue(at, out var known)) _texts[at] = known = new Text(ScanOf(answer)) { IsCustom = answer is AnswerToolCall { IsCustom: true } };
            var passed = await PushAsync(known, piece, isLast: false, cancellationToken).ConfigureAwait(false);
            if (answer is AnswerToolCall { Id: not null } or AnswerToolCall { Name: not null }) yield return (AnswerToolCall)answer with { Arguments = passed };
            else if (passed.Length > 0) yield return Event(at.Item1, at.Item2, passed, known.IsCustom);
            if (!known.IsBlocked) continue;

            // Leaving ends the call upstream, which is settled with what it took.
            yield return new AnswerCompleted("content_filter", null, [], model ?? "") { FinishReasons = _texts.Keys.Max(k => k.Index) is var last and > 0 ? [.. Enumerable.Repeat("content_filter", last + 1)] : null };
            yield break;
        }
    }

    private ITextScan ScanOf(AnswerEvent first) =>
        first is AnswerToolCall { IsCustom: false } || (isJson && first is AnswerText { IsRefusal: false }) ? new JsonScan(guard) : new GuardScan(guard);

    private static AnswerEvent Event(int index, int call, string text, bool isCustom) =>
        call < 0 ? new AnswerText(text) { Index = index, IsRefusal = call == Refusal } : new AnswerToolCall(index, call, null, null, text) { IsCustom = isCustom };

    private IReadOnlyList<string>? Filtered(AnswerCompleted completed) => completed.FinishReasons is not { } reasons
        ? null
        : [.. reasons.Select((reason, i) => _texts.Any(t => t.Key.Index == i && t.Value.IsBlocked) ? "content_filter" : reason)];

    private async ValueTask<string> PushAsync(Text text, string piece, bool isLast, CancellationToken cancellationToken)
    {
        var seen = text.Scan.Found.Count;
        var passed = text.Scan.Push(piece, isLast);
        foreach (var (kind, action) in text.Scan.Found.Skip(seen)) metrics.Found(kind, "output", action);
        if (!_asksSafety) return passed;
        text.Unchecked.Append(passed);
        if (text.Unchecked.Length == 0 || (text.Unchecked.Length < Window && !isLast && !text.IsBlocked)) return "";
        var waiting = text.Unchecked.ToString();
        text.Unchecked.Clear();
        var severity = await safety.SeverityAsync(text.Before + waiting, cancellationToken).ConfigureAwait(false);
        text.Before = waiting.Length > Overlap ? waiting[^Overlap..] : waiting;
        foreach (var rule in rules.Where(r => severity >= r.ContentSafety))
        {
            metrics.Found("content_safety", "output", rule.Action);
            if (rule.Action != GuardAction.Block) continue;
            text.IsUnsafe = true;
            return "";
        }

        return waiting;
    }

    private sealed class Text(ITextScan scan)
    {
        /// <summary>Whether it is the input of a custom tool.</summary>
        public bool IsCustom { get; init; }

        public ITextScan Scan => scan;

        public StringBuilder Unchecked { get; } = new();

        /// <summary>The end of what was checked last.</summary>
        public string Before { get; set; } = "";

        public bool IsUnsafe { get; set; }

        public bool IsBlocked => IsUnsafe || scan.BlockedBy is not null;
    }
}
