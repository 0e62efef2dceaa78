using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Metrics;
using Serverless.Functions.Evaluation.Questions;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Citing;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>Asks a route one question the way every caller does, and measures the answer.</summary>
public sealed class QuestionAsking(IGateway gateway, PriceStore prices, TimeProvider time)
{
    private const int NdcgDepth = 10;
    private const int MaxAttempts = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(65);

    /// <param name="caller">Null: the client is gone.</param>
    /// <returns>The figures and, for runs that keep them, the answer; null where there was none.</returns>
    public async Task<(QuestionResult Result, string? Answer)> RunAsync(
        EvaluationRun run, EvaluatedRoute route, EvaluationQuestion question, int number, Caller? caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(question);
        var asked = new QuestionResult { Number = number, Id = question.Id, Kind = question.Kind, Answerable = question.IsAnswerable };
        if (caller is null) return (asked with { Error = "client_gone" }, null);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAsync(run, route, question, asked, caller, cancellationToken);
            }
            catch (GatewayException refused) when (attempt < MaxAttempts && WaitOf(refused) <= LongestWait)
            {
                // A run does not outrun its client's limits: it waits as a client would.
                await Task.Delay(WaitOf(refused)!.Value, time, cancellationToken);
            }
            catch (GatewayException refused)
            {
                return (asked with { Error = refused.Error.Code ?? "error" }, null);
            }
        }
    }

    /// <returns>Null for what no wait mends.</returns>
    private static TimeSpan? WaitOf(GatewayException refused) => refused.Status switch { 429 => refused.RetryAfter, 503 => refused.RetryAfter ?? TimeSpan.FromSeconds(1), _ => null };

    private async Task<(QuestionResult Result, string? Answer)> AskAsync(
        EvaluationRun run, EvaluatedRoute route, EvaluationQuestion question, QuestionResult asked, Caller caller, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        TimeSpan? first = null;
        var text = new StringBuilder();
        AnswerCompleted? completed = null;
        await foreach (var piece in gateway.StreamAsync(Request(run, route, question, caller), cancellationToken))
        {
            if (piece is AnswerText { Index: 0 } said)
            {
                if (said.Text.Length > 0) first ??= time.GetElapsedTime(started);
                text.Append(said.Text);
            }
            else if (piece is AnswerCompleted end)
            {
                completed = end;
            }
        }

        var latency = time.GetElapsedTime(started);
        var answer = text.ToString();
        var result = Judge(run, route, question, asked, answer, completed?.Citations ?? [], completed?.Answered) with
        {
            LatencyMs = latency.TotalMilliseconds,
            FirstTokenMs = first?.TotalMilliseconds,
            PromptTokens = completed?.Usage?.PromptTokens,
            CompletionTokens = completed?.Usage?.CompletionTokens,
            CostUsd = await CostAsync(route, completed?.Usage, cancellationToken),
        };
        return (result, answer);
    }

    private static AnswerRequest Request(EvaluationRun run, EvaluatedRoute route, EvaluationQuestion question, Caller caller)
    {
        var settings = new GenerationSettings { Temperature = run.Temperature, MaxTokens = run.MaxTokens };
        var request = new AnswerRequest { Route = route.Reference, Caller = caller, Settings = settings, Streams = true };
        return route.Type switch
        {
            RouteTypes.Chat => request with { Messages = [new ChatMessage("user", question.Question)] },
            RouteTypes.Completions => request with { Prompt = question.Question },
            _ => request with { Question = question.Question },
        };
    }

    // What a rag route adds to show where a sentence is from is no word of the answer.
    private static string Unmarked(EvaluatedRoute route, string answer) => route.Type == RouteTypes.Answers ? CitationMarkers.Without(answer) : answer;

    /// <param name="answered">What a rag route says of itself; null where it says nothing.</param>
    internal static QuestionResult Judge(
        EvaluationRun run, EvaluatedRoute route, EvaluationQuestion question, QuestionResult asked, string answer, IReadOnlyList<Citation> citations, bool? answered = null)
    {
        var said = Unmarked(route, answer);
        var refused = answered == false || Refusals.IsRefusal(said, run.RefusalPhrases ?? Refusals.DefaultPhrases);
        if (!question.IsAnswerable) return asked with { Refused = refused };
        var result = asked with { Refused = refused };
        if (question.Expected.Count > 0)
        {
            result = result with
            {
                Containment = question.Expected.Any(expected => AnswerScores.Contains(said, expected)) ? 1 : 0,
                TokenF1 = question.Expected.Max(expected => AnswerScores.TokenF1(said, expected)),
            };
        }

        if (!route.IsAnswers || question.Documents.Count == 0) return result;
        // Prompts have their passages in an order of their own; ranks are by score, and the order decides between equals.
        var ranked = citations.OrderByDescending(citation => citation.Score).Select(citation => Target(question, citation)).ToList();
        return result with
        {
            Recall = RankedRelevance.Recall(ranked, question.Documents.Count, run.K),
            ReciprocalRank = RankedRelevance.ReciprocalRank(ranked),
            Ndcg = RankedRelevance.Ndcg(ranked, question.Documents.Count, NdcgDepth),
            CitationPrecision = refused ? null : CitationScores.Precision([.. citations.Select(citation => Target(question, citation) is not null)], answer),
        };
    }

    private static int? Target(EvaluationQuestion question, Citation citation)
    {
        for (var i = 0; i < question.Documents.Count; i++)
        {
            if (question.Documents[i] != citation.Document) continue;
            if (question.Section is null || citation.Heading?.Contains(question.Section, StringComparison.OrdinalIgnoreCase) == true) return i;
            // Small documents are one passage, whose text begins with a heading that is none of those above it.
            if (citation.Text.Contains(question.Section, StringComparison.OrdinalIgnoreCase)) return i;
        }

        return null;
    }

    private async Task<decimal?> CostAsync(EvaluatedRoute route, Usage? usage, CancellationToken cancellationToken)
    {
        if (usage is null || route.StandsOn.FirstOrDefault(model => model.Role == "answers") is not { } model) return null;
        var price = (await prices.GetAsync(cancellationToken)).Find(model.Route, model.Provider, model.Model);
        return price is { } known ? TokenPrice.ToUsd(known.Cost(usage.PromptTokens, usage.CachedTokens, usage.CompletionTokens)) : null;
    }
}
