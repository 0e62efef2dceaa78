using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval.Context;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Prompting;
using Serverless.Functions.Retrieval.Ranking;

namespace Serverless.Functions.Retrieval;

/// <summary>Plans answers: finds passages, refuses where none is near enough, and packs the others into a prompt.</summary>
/// <param name="gateway">Deferred, because the gateway in turn asks a planner for its rag routes.</param>
public sealed class AnswerPlanner(Lazy<IGateway> gateway, Retriever retriever, PassageWidening widening) : IAnswerPlanner
{
    /// <summary>The built-in answer where the documents hold none.</summary>
    public const string DefaultRefusal = "The documents do not say anything about this.";

    private const int MaxQuestionLength = 4000;

    // More than are wanted, because some say the same and some do not fit.
    private const int Spare = 3;
    private const int MaxFound = 50;

    // "And then?" after "And how?": so far back is looked for what both are about.
    private const int MaxTurns = 3;

    public async Task<AnswerPlan> PlanAsync(
        RagSettings settings, AnswerQuestion question, int? contextWindow, int maxTokens, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(caller);
        var text = Validate(question.Text);
        var earlier = settings.FollowUp == FollowUpMode.None ? null : Subject(question.Earlier);
        var template = new PromptTemplate(settings.PromptTemplate);
        var query = new RetrievalQuery(settings.Collection, text, Math.Clamp(Math.Max(settings.TopK * Spare, settings.Mmr?.Candidates ?? 0), 1, MaxFound))
        {
            EmbeddingsRoute = settings.EmbeddingsRoute,
            Mode = settings.Retrieval,
            SemanticFallback = settings.SemanticFallback,
            Earlier = earlier,
            Rerank = settings.Rerank,
            Filter = Both(MetadataFilterReader.Read(settings.Filter, "rag.filter"), question.Filter),
        };
        var found = await retriever.FindAsync(query, caller, cancellationToken);
        if (found.Chunks.Count == 0 || IsBelowFloor(settings, text, found))
            return AnswerPlan.Refuse(string.IsNullOrWhiteSpace(settings.Refusal) ? DefaultRefusal : settings.Refusal);

        var system = string.IsNullOrWhiteSpace(settings.SystemPrompt) ? PromptTemplate.DefaultSystem : settings.SystemPrompt;
        if (question.System is { } more) system = $"{system}\n\n{more}";
        var packer = new PassagePacker(gateway.Value, settings, template, system, question.History, found.LeansOnEarlier ? earlier : null, text);
        IReadOnlyList<FoundChunk> passages = NearDuplicates.Drop(found.Chunks);
        if (settings.Mmr is { } mmr) passages = MarginalRelevance.Order(passages, mmr);
        if (found.Index is { } index) passages = await widening.WidenAsync(passages, settings, index, caller, cancellationToken);
        return await packer.PackAsync(passages, contextWindow, maxTokens, cancellationToken);
    }

    /// <summary>
    /// The floor that the route sets is the only one, the reranker's before the similarity's. Where it sets none, those that were measured hold together: what the one model takes for near enough, the other may know better,
    /// unless it is the reranker, which has read the passage, and it is sure.
    /// Where any floor holds, a code that is asked about and stands nowhere is below it.
    /// </summary>
    private static bool IsBelowFloor(RagSettings settings, string question, Retrieved found)
    {
        (double? Score, double? Similarity) floors =
            found.Relevance is not null && settings.Rerank?.Floor is { } score ? (score, null)
            : settings.RelevanceFloor is { } similarity ? (null, similarity)
            : (RelevanceFloor.For(found.RerankModel), RelevanceFloor.For(found.EmbeddingModel));
        if (floors is { Score: not > 0, Similarity: not > 0 }) return false;
        if (found.NamesUnknownCode || found.Relevance < floors.Score) return true;
        return !(found.Relevance >= floors.Score + RelevanceFloor.Sure) && RelevanceFloor.IsBelow(question, found.Chunks, found.Nearest, floors.Similarity);
    }

    private static MetadataFilter? Both(MetadataFilter? route, MetadataFilter? request) => route is null ? request : request is null ? route : new MetadataFilter.And([route, request]);

    /// <summary>The last turn that says what it is about, and those after it that lean on it; null where there is none.</summary>
    internal static string? Subject(IReadOnlyList<string> earlier)
    {
        if (earlier.Count == 0) return null;
        var first = earlier.Count - 1;
        while (first > 0 && first > earlier.Count - MaxTurns && !StandaloneQuestion.Is(earlier[first])) first--;
        return string.Join('\n', earlier.Skip(first));
    }

    /// <summary>Control tags in a question are text: they are broken up where the prompt is built.</summary>
    /// <exception cref="GatewayException">The question is empty or too long.</exception>
    internal static string Validate(string? question, string param = "question")
    {
        // Zero-width spaces and the like are nothing to look for.
        if (question is null || string.IsNullOrWhiteSpace(SearchText.Normalize(question))) throw GatewayException.Invalid(param, $"'{param}' must not be empty.");
        if (question.Length > MaxQuestionLength)
            throw GatewayException.Invalid(param, $"'{param}' has {question.Length} characters; {MaxQuestionLength} are permitted.");
        return question.Trim();
    }
}
