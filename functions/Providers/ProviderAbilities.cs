using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>What a provider can do. A request's parameter that is not in it is refused by name, or goes to another target of the route.</summary>
/// <param name="Parameters">For each type of route that it serves the parameters that it takes, under OpenAI's names.</param>
public sealed record ProviderAbilities(IReadOnlyDictionary<string, IReadOnlySet<string>> Parameters)
{
    /// <summary>Whether messages may hold images.</summary>
    public bool Images { get; init; }

    /// <summary>Whether messages may hold files.</summary>
    public bool Files { get; init; }

    /// <summary>Whether files may be given by URL.</summary>
    public bool FileUrls { get; init; }

    /// <summary>Whether messages may hold audio.</summary>
    public bool Audio { get; init; }

    /// <summary>Whether a model may be given tools that take any text, OpenAI's custom ones.</summary>
    public bool CustomTools { get; init; }

    /// <summary>Whether the tokens of a chat's prompt are told without an answer: <see cref="IProvider.CountPromptAsync"/>.</summary>
    public bool CountsPrompts { get; init; }

    /// <summary>Stop strings of one request.</summary>
    public int Stops { get; init; } = 4;

    /// <summary>Whether Anthropic's own tools that run at the client (its shell, editor, computer and memory) are known.</summary>
    public bool AnthropicTools { get; init; }

    /// <summary>Whether one request may hold several prompts.</summary>
    public bool PromptLists { get; init; }

    /// <summary>Whether prompts may be token ids.</summary>
    public bool TokenPrompts { get; init; }

    /// <summary>Whether texts to embed may be token ids.</summary>
    public bool TokenTexts { get; init; }

    /// <summary>Whether a chat that ends with the assistant's turn is continued there.</summary>
    public bool ContinuesAssistant { get; init; }

    /// <summary>Whether a completion's prompt is continued as it stands, and not asked as a user's turn.</summary>
    public bool ContinuesPrompts { get; init; }

    /// <summary>Whether answers can come piece by piece.</summary>
    public bool Streams { get; init; } = true;

    /// <summary>Whether a service that cannot be reached is starting anew, and is waited for.</summary>
    public bool Restarts { get; init; }

    public bool Takes(string routeType, string parameter) => Parameters.TryGetValue(routeType, out var names) && names.Contains(parameter);

    public static ProviderAbilities Of(string[]? chat = null, string[]? completions = null, string[]? embeddings = null, bool rerank = false)
    {
        var parameters = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        if (completions is not null) parameters[RouteTypes.Completions] = completions.ToHashSet(StringComparer.Ordinal);
        if (chat is not null) parameters[RouteTypes.Chat] = chat.ToHashSet(StringComparer.Ordinal);
        if (embeddings is not null) parameters[RouteTypes.Embeddings] = embeddings.ToHashSet(StringComparer.Ordinal);
        if (rerank) parameters[RouteTypes.Rerank] = new HashSet<string>(StringComparer.Ordinal);
        return new ProviderAbilities(parameters);
    }
}
