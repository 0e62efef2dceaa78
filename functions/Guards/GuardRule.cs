namespace Serverless.Functions.Guards;

/// <summary>One of a route's rules for what goes in or comes out: it has exactly one of <see cref="Pii"/>, <see cref="Words"/> and <see cref="ContentSafety"/>.</summary>
public sealed record GuardRule
{
    /// <summary>Personal data by its pattern: email, phone, card, iban or ssn.</summary>
    public string? Pii { get; init; }

    /// <summary>1..1,000 words or phrases of 2 to 100 characters.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The severity, 1..7, from which Azure AI Content Safety's finding counts; never masked.</summary>
    public int? ContentSafety { get; init; }

    public GuardAction Action { get; init; }

    /// <summary>Words that are not to be said are not printed either.</summary>
    public override string ToString() => $"{Pii ?? (Words is null ? "content_safety" : "words")} {Action}";
}
