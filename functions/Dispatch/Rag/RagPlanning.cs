using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Documents;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Prompting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Makes of a question to a rag route what its completions route is asked, or the words that say that the documents do not answer it.</summary>
/// <param name="contextWindow">Tokens of prompt and answer together that a route's model takes; null when unknown.</param>
/// <param name="permit">Throws where none of a route's targets can take what is asked.</param>
/// <param name="generate">Asks a route's model, on the one way there is.</param>
internal sealed class RagPlanning(
    RouteCatalog routes,
    IServiceProvider services,
    Func<ResolvedRoute, CancellationToken, Task<int?>> contextWindow,
    Action<ResolvedRoute, Generation> permit,
    Func<ResolvedRoute, Generation, Caller, CancellationToken, IAsyncEnumerable<AnswerEvent>> generate)
{
    private const int RewriteTokens = 96;
    private const int MaxRewritten = 600;
    private const int RewriteTurns = 3;
    private const int MaxAnswerChars = 600;
    private const string RewriteSystem =
        "You rewrite the last question of a conversation so that it can be understood without the rest. Name what it is about instead of saying it, they or that. Answer with the rewritten question and nothing else.";

    /// <param name="question">What the request asks, as it was read.</param>
    /// <exception cref="GatewayException">The question is refused, or something that it takes failed.</exception>
    public async Task<PlannedAnswer> PlanAsync(ResolvedRoute route, AnswerRequest request, AnswerQuestion question, CancellationToken cancellationToken)
    {
        var rag = route.Version.Rag!;
        var planner = services.GetService<IAnswerPlanner>()
            ?? throw new GatewayException(StatusCodes.Status501NotImplemented, new ErrorDetail("retrieval_not_available", "This app has no retrieval: rag/v1/answers routes cannot be asked.", "server_error"));

        // Whoever may use the answers route may use, through it, what it stands on.
        var inner = request.Caller with { AllowedRoutes = null, Through = route.Name };
        var writer = await routes.ResolveAsync(rag.CompletionsRoute, inner, "rag.completions_route", cancellationToken).ConfigureAwait(false);
        var settings = request.Settings with { Temperature = request.Settings.Temperature ?? 0, MaxTokens = request.Settings.MaxTokens ?? rag.MaxTokens };
        var window = await contextWindow(writer, cancellationToken).ConfigureAwait(false);
        AnswerChecks.Settings(settings, window);
        // Whatever the documents hold, and before anything is spent on finding it out.
        permit(writer, writer.Type == RouteTypes.Chat ? new Generation { Messages = [], Settings = settings } : new Generation { Prompt = "", Settings = settings });
        if (rag.FollowUp == FollowUpMode.Rewrite && question.Earlier.Count > 0) question = await RewriteAsync(writer, question, inner, cancellationToken).ConfigureAwait(false);

        var plan = await planner.PlanAsync(rag, question, window, settings.MaxTokens.Value, inner, cancellationToken).ConfigureAwait(false);
        return new PlannedAnswer(writer, plan.Refusal is null ? GenerationOf(writer, plan.System, plan.History, plan.User, GuidedQuoting.Of(rag, settings, plan)) : null, plan, inner);
    }

    private static Generation GenerationOf(ResolvedRoute writer, string system, IReadOnlyList<EarlierTurn> history, string user, GenerationSettings settings)
    {
        ChatMessage[] messages = [new("system", system), .. history.SelectMany(turn => (ChatMessage[])[new("user", turn.Question), new("assistant", turn.Answer)]), new("user", user)];
        // The planner has cleaned what it put in; nothing gets to a model that has not passed the same check.
        AnswerChecks.Messages(messages);
        return writer.Type == RouteTypes.Chat
            ? new Generation { Messages = messages, Settings = settings }
            : new Generation { Prompt = history.Count == 0 ? Llama2Prompt.Single(system, user) : Llama2Prompt.FromMessages(messages), Settings = settings };
    }

    private static string Cut(string answer) =>
        answer.Length <= MaxAnswerChars ? answer : TextStart.Of(answer, MaxAnswerChars) + "...";

    /// <summary>A model that gives no question leaves it as it was, with the turns before it.</summary>
    private async Task<AnswerQuestion> RewriteAsync(ResolvedRoute writer, AnswerQuestion question, Caller inner, CancellationToken cancellationToken)
    {
        // Where the model may read its answers, "and the second?" can be told too.
        var said = question.History.Count == 0 ? question.Earlier : question.History.TakeLast(RewriteTurns).SelectMany(turn => (string[])[turn.Question, $"({Cut(turn.Answer)})"]);
        var turns = PassageText.Neutralise($"Conversation:\n{string.Join('\n', said.Select(turn => $"- {turn}"))}\n\nLast question: {question.Text}");
        var generation = GenerationOf(writer, RewriteSystem, [], turns, new GenerationSettings { Temperature = 0, MaxTokens = RewriteTokens }) with { Client = ClientName.Of(inner, null) };
        var answer = await CollectedAnswer.FromAsync(generate(writer, generation, inner, cancellationToken), cancellationToken).ConfigureAwait(false);
        var rewritten = answer.Text.Trim();
        return rewritten.Length is 0 or > MaxRewritten || rewritten.Contains('\n', StringComparison.Ordinal) || answer.Completed.FinishReason != "stop"
            ? question
            : question with { Text = rewritten, Earlier = [] };
    }
}
