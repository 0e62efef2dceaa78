namespace Serverless.Functions.Providers;

/// <summary>How a service's use of OpenAI's wire differs from OpenAI's.</summary>
internal sealed record OpenAiDialect
{
    /// <summary>The model in the body; null where the address names it.</summary>
    public string? Model { get; init; }

    /// <summary>Whether <c>developer</c> is a role there; otherwise it is sent as <c>system</c>.</summary>
    public bool HasDeveloperRole { get; init; }

    /// <summary>Whether text in parts is sent in parts; otherwise as the lines of one text, because not every server takes lists.</summary>
    public bool HasTextParts { get; init; }

    /// <summary>Whether what a turn holds beyond OpenAI's members (<c>ChatMessage.Kept</c>) is sent: to servers that may have made it, because others refuse members that they do not know.</summary>
    public bool HasKept { get; init; }

    /// <summary>Whether thoughts of a turn are parts of its content (<c>{type: thinking}</c>), and of other members only <c>prefix</c> is known: Mistral's own API refuses the rest by name.</summary>
    public bool HasThoughtParts { get; init; }

    /// <summary>Which ids of calls it takes; null for any.</summary>
    public CallIdRule? CallIds { get; init; }

    /// <summary>Whether results of tools say that they are errors, which OpenAI's wire has no member for.</summary>
    public bool HasErrors { get; init; }

    /// <summary>Whether <c>max_tokens</c> is sent as <c>max_completion_tokens</c> in any case.</summary>
    public bool AlwaysMaxCompletionTokens { get; init; }

    /// <summary>What the limit of an answer's tokens is called there; null where that follows from the rest.</summary>
    public string? TokenLimit { get; init; }

    /// <summary>Whether models are told not to think where a chat has tools and says nothing of an effort: OpenAI's since GPT-5.4 take no tools in chats beside thoughts, and later ones think unasked.</summary>
    public bool ThinksNotBesideTools { get; init; }

    /// <summary>Whether <c>stream_options</c> is known; without it usage comes, or not, as the service likes.</summary>
    public bool HasStreamOptions { get; init; } = true;

    /// <summary>Our worker's extensions: token ids with the text, <c>resume</c>, and always a stream.</summary>
    public bool IsWorker { get; init; }
}
