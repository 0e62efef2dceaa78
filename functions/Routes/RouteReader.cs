using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Caching;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Guards;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Reads the JSON of a route. Every field is checked, every unknown field refused, by its name.</summary>
public sealed class RouteReader(ProviderCatalog providers, OutboundHosts hosts, ContentSafetyOptions safety)
{
    private const int MaxPrompt = 16_000;
    private const int MaxTargets = 16;

    private readonly ModelReader _models = new(providers, hosts);

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public RouteDraft Read(JsonElement body)
    {
        var fields = new JsonFields(body);
        var name = fields.RequiredString("name", 64);
        if (!RouteName.IsValid(name)) throw GatewayException.Invalid("name", "'name' must have 1 to 64 letters, digits, '_', '-' or '.'.", "invalid_route_name");
        // MLflow calls it so since 2.9.
        var later = fields.OptionalString("endpoint_type", 64);
        var type = fields.OptionalString("route_type", 64) ?? later ?? throw GatewayException.Invalid("route_type", "'route_type' is required.", "missing_field");
        if (later is not null && later != type) throw GatewayException.Invalid("endpoint_type", "'endpoint_type' must be the same as 'route_type'.");
        if (!RouteTypes.All.Contains(type)) throw GatewayException.Invalid("route_type", $"'route_type' must be one of: {string.Join(", ", RouteTypes.All)}.");

        var draft = new RouteDraft { Name = name, RouteType = type };
        if (type == RouteTypes.Answers)
        {
            draft = draft with { Rag = ReadRag(fields.Object("rag") ?? throw Missing("rag")) };
        }
        else
        {
            draft = ReadTargets(draft, fields);
            if (fields.Object("routing") is { } routing) draft = draft with { Routing = ReadRouting(routing, type, draft.Targets) };
            if (type == RouteTypes.Embeddings && fields.Object("instructions") is { } instructions)
                draft = draft with { Instructions = ReadInstructions(instructions) };
        }

        if (fields.Object("guards") is { } guards) draft = draft with { Guards = GuardReader.Read(guards, safety.Endpoint is not null) };
        if (type is RouteTypes.Chat or RouteTypes.Completions or RouteTypes.Embeddings && fields.Object("cache") is { } cache) draft = draft with { Cache = CacheReader.Read(cache) };
        fields.RejectUnknown();
        return draft;
    }

    private static GatewayException Missing(string field) => GatewayException.Invalid(field, $"'{field}' is required for this route_type.", "missing_field");

    private RouteRouting ReadRouting(JsonFields fields, string type, IReadOnlyList<RouteTarget> targets)
    {
        int? Optional(string name, int least, int most) => (int?)fields.WholeNumber(name, least, most);
        var routing = new RouteRouting
        {
            Sticky = fields.Boolean("sticky", false),
            ContinueElsewhere = fields.Boolean("continue_elsewhere", false),
            ConnectSeconds = Optional("connect_seconds", 1, 60),
            FirstTokenSeconds = Optional("first_token_seconds", 1, 600),
            IdleSeconds = Optional("idle_seconds", 1, 600),
            TotalSeconds = Optional("total_seconds", 1, 3600),
            MaxAttempts = Optional("max_attempts", 1, 5),
            HedgeAfterMs = Optional("hedge_after_ms", 10, 60_000),
            HedgePercentile = Optional("hedge_percentile", 50, 99),
            ProbeSeconds = Optional("probe_seconds", 5, 3600),
            ProbeWhenIdle = fields.Boolean("probe_when_idle", false),
        };
        fields.RejectUnknown();
        if (routing.IsHedged && type is not (RouteTypes.Chat or RouteTypes.Completions))
        {
            var field = fields.PathOf(routing.HedgeAfterMs is null ? "hedge_percentile" : "hedge_after_ms");
            throw GatewayException.Invalid(field, $"'{field}' is for routes that answer: {RouteTypes.Chat} and {RouteTypes.Completions}.");
        }

        if (routing.ProbeSeconds is not null && targets.FirstOrDefault(t => !providers.Get(t.Model.Provider).CanProbe(t.Model)) is { } blind)
            throw GatewayException.Invalid(fields.PathOf("probe_seconds"), $"'{fields.PathOf("probe_seconds")}': provider '{blind.Model.Provider}' has nothing to ask that costs nothing.");
        return routing;
    }

    /// <summary>One <c>model</c>, or a list of <c>targets</c> with a model each.</summary>
    private RouteDraft ReadTargets(RouteDraft draft, JsonFields fields)
    {
        var targets = new List<RouteTarget>();
        var keys = new Dictionary<int, SecretText>();
        if (fields.Objects("targets", MaxTargets) is { } list)
        {
            if (fields.Object("model") is not null) throw GatewayException.Invalid("model", "'model' and 'targets' exclude each other.");
            foreach (var item in list)
            {
                Add(item.Object("model") ?? throw GatewayException.Invalid(item.PathOf("model"), $"'{item.PathOf("model")}' is required.", "missing_field"), item);
                item.RejectUnknown();
            }

            if (targets.Count == 0) throw GatewayException.Invalid("targets", $"'targets' must have 1 to {MaxTargets} entries.");
        }
        else
        {
            Add(fields.Object("model") ?? throw Missing("model"), null);
        }

        return draft with { Targets = TargetAccounts.Told(targets, keys), Keys = keys };

        void Add(JsonFields model, JsonFields? item)
        {
            var (read, key) = _models.Read(model, draft.RouteType);
            if (key is not null) keys[targets.Count] = key;
            targets.Add(item is null ? new RouteTarget(read) : new RouteTarget(read, item.Integer("weight", 0, 1000, 1), item.Integer("priority", 0, 100, 0))
            {
                ConnectSeconds = (int?)item.WholeNumber("connect_seconds", 1, 60),
                FirstTokenSeconds = (int?)item.WholeNumber("first_token_seconds", 1, 600),
                IdleSeconds = (int?)item.WholeNumber("idle_seconds", 1, 600),
            });
        }
    }

    private static EmbeddingInstructions ReadInstructions(JsonFields fields)
    {
        var read = new EmbeddingInstructions(
            fields.OptionalString("document", 500) ?? EmbeddingInstructions.Default.Document,
            fields.OptionalString("query", 500) ?? EmbeddingInstructions.Default.Query);
        fields.RejectUnknown();
        return read;
    }

    private static RagSettings ReadRag(JsonFields fields)
    {
        var settings = new RagSettings
        {
            EmbeddingsRoute = RouteName.Parse(fields.RequiredString("embeddings_route", 80), fields.PathOf("embeddings_route")).ToString(),
            CompletionsRoute = RouteName.Parse(fields.RequiredString("completions_route", 80), fields.PathOf("completions_route")).ToString(),
            Collection = fields.RequiredString("collection", 64),
            SystemPrompt = WithoutTags(fields, "system_prompt"),
            PromptTemplate = WithoutTags(fields, "prompt_template"),
            Retrieval = OneOf(fields, "retrieval", RetrievalMode.All),
            SemanticFallback = fields.Boolean("semantic_fallback", true),
            RelevanceFloor = (double?)fields.Decimal("relevance_floor", 0, 1),
            Refusal = fields.OptionalString("refusal", 2000),
            FollowUp = OneOf(fields, "follow_up", FollowUpMode.All),
            HistoryTurns = fields.Integer("history_turns", 0, 20, 0),
            MaxHistoryTokens = fields.Integer("max_history_tokens", 64, 100_000, 1000),
            SystemMessages = OneOf(fields, "system_messages", SystemMessageMode.All),
            CitationMarkers = fields.Boolean("citation_markers", true),
            Mmr = ReadMmr(fields.Object("mmr")),
            Rerank = RerankReader.Read(fields.Object("rerank")),
            Quoting = OneOf(fields, "quoting", QuotingMode.All),
            QuoteMinLength = fields.Integer("quote_min_length", 1, 1000, 1),
            Filter = ReadFilter(fields),
            Neighbours = fields.Integer("neighbours", 0, 3, 0),
            Parents = fields.Boolean("parents", false),
            TopK = fields.Integer("top_k", 1, 50, 4),
            MaxContextTokens = fields.Integer("max_context_tokens", 64, 100_000, 1500),
            MaxTokens = fields.Integer("max_tokens", 1, 4096, 256),
        };
        if (!RouteName.IsValid(settings.Collection))
            throw GatewayException.Invalid(fields.PathOf("collection"), $"'{fields.PathOf("collection")}' must have 1 to 64 letters, digits, '_', '-' or '.'.");
        if (settings.Rerank?.Candidates < settings.TopK)
            throw GatewayException.Invalid(fields.PathOf("rerank.candidates"), $"'{fields.PathOf("rerank.candidates")}' must be at least '{fields.PathOf("top_k")}', {settings.TopK}.");
        if (settings.PromptTemplate is { } template)
        {
            RequireOnce(fields, template, "{context}");
            RequireOnce(fields, template, "{question}");
        }

        fields.RejectUnknown();
        return settings;
    }

    /// <summary>Kept as it was given; read here for its errors alone.</summary>
    private static JsonElement? ReadFilter(JsonFields fields)
    {
        if (fields.Json("filter") is not { } filter) return null;
        MetadataFilterReader.Read(filter, fields.PathOf("filter"));
        return filter.Clone();
    }

    private static MmrSettings? ReadMmr(JsonFields? fields)
    {
        if (fields is null) return null;
        var (lambda, candidates) = new MmrSettings();
        var read = new MmrSettings((double?)fields.Decimal("lambda", 0, 1) ?? lambda, fields.Integer("candidates", 1, 50, candidates));
        fields.RejectUnknown();
        return read;
    }

    /// <summary>The first is what holds where nothing is said.</summary>
    private static string OneOf(JsonFields fields, string name, IReadOnlyList<string> known)
    {
        var given = fields.OptionalString(name, 16) ?? known[0];
        return known.Contains(given) ? given : throw GatewayException.Invalid(fields.PathOf(name), $"'{fields.PathOf(name)}' must be {string.Join(", ", known)}.");
    }

    private static string? WithoutTags(JsonFields fields, string name)
    {
        var text = fields.OptionalString(name, MaxPrompt);
        if (text is not null && Llama2Tags.Find(text) is { } found)
            throw GatewayException.Invalid(fields.PathOf(name), $"'{fields.PathOf(name)}' may not contain the tag {found.Tag} (at character {found.Offset}).", "control_tag");
        return text;
    }

    private static void RequireOnce(JsonFields fields, string template, string placeholder)
    {
        var first = template.IndexOf(placeholder, StringComparison.Ordinal);
        if (first < 0 || template.IndexOf(placeholder, first + 1, StringComparison.Ordinal) >= 0)
            throw GatewayException.Invalid(fields.PathOf("prompt_template"), $"'{fields.PathOf("prompt_template")}' must contain {placeholder} exactly once.");
    }
}
