namespace Serverless.Functions.Guards;

/// <summary>A route's patterns for one side, ready for use.</summary>
internal sealed class TextGuard
{
    private readonly (ITextMatcher Matcher, GuardAction Action)[] _matchers;

    public TextGuard(IEnumerable<GuardRule> rules) => _matchers =
    [
        .. rules.Where(r => r.ContentSafety is null)
            .Select(r => (Matcher: r.Words is { } words ? new WordMatcher(words) : Of(r.Pii!), r.Action))
            .OrderByDescending(m => m.Action),
    ];

    public static IReadOnlyList<string> PiiKinds { get; } = ["email", "phone", "card", "iban", "ssn"];

    public bool IsEmpty => _matchers.Length == 0;

    /// <summary>The strictest match that begins here, and of those the longest.</summary>
    /// <returns>A length of 0 for none. Meaningless where the window needs more.</returns>
    public (int Length, string Kind, GuardAction Action) Find(ref TextWindow text, int at)
    {
        var found = (Length: 0, Kind: "", Action: GuardAction.Report);
        var first = text[at];
        foreach (var (matcher, action) in _matchers)
        {
            if (!matcher.MayStart(first)) continue;
            var length = matcher.Match(ref text, at);
            if (text.NeedsMore) return default;
            if (length > 0 && (found.Length == 0 || action > found.Action || (action == found.Action && length > found.Length))) found = (length, matcher.Kind, action);
        }

        return found;
    }

    private static ITextMatcher Of(string kind) => kind switch
    {
        "email" => new EmailMatcher(),
        "phone" => new PhoneMatcher(),
        "card" => new CardMatcher(),
        "iban" => new IbanMatcher(),
        "ssn" => new SsnMatcher(),
        _ => throw new InvalidOperationException($"No pattern for '{kind}'."),
    };
}
