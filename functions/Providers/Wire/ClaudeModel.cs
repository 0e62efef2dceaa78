using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// What one of Anthropic's models takes of thinking, by its name at Anthropic or Bedrock (<c>claude-sonnet-4-5-20250929</c>, <c>us.anthropic.claude-opus-4-6-v1</c>): "Thinking", "Effort"
/// and the migration guides in Anthropic's documentation. Of a name that tells no version nothing is known, and requests are sent as callers write them.
/// </summary>
/// <param name="Version">Ten times the version: 46 for 4.6. Null where it is not known.</param>
internal sealed partial record ClaudeModel(int? Version, string Name)
{
    private const int Preview = 50;

    /// <summary>Whether it is not known what the model takes.</summary>
    public bool IsUnknown => Version is null;

    /// <summary>Whether it thinks at all.</summary>
    public bool Thinks => Version >= 37;

    /// <summary>Whether it takes a budget of tokens to think.</summary>
    public bool HasBudgets => Version is >= 37 and < 47;

    /// <summary>Whether it takes thinking of which it finds the depth itself.</summary>
    public bool IsAdaptive => Version >= 46;

    /// <summary>Whether it takes an effort for the whole of its answer.</summary>
    public bool HasEfforts => IsAdaptive || (Version == 45 && Name.Contains("opus", StringComparison.Ordinal));

    /// <summary>Whether it tells no words of its thoughts unless asked for a summary.</summary>
    public bool HidesThoughts => Version >= 47;

    /// <summary>Whether it takes a temperature and the like.</summary>
    public bool TakesSampling => !(Version >= 47);

    /// <summary>Whether it goes on with a last turn of its own: "Prefill removal" in the migration guide to 4.6.</summary>
    public bool ContinuesAssistant => !(Version >= 46);

    /// <summary>Whether it thinks where nobody asks it to.</summary>
    public bool ThinksUnasked => Version >= 50;

    /// <summary>Whether it cannot be told not to think, nor made to call a tool.</summary>
    public bool AlwaysThinks => IsAlwaysOn() || (Version >= 55 && !Name.Contains("haiku", StringComparison.Ordinal));

    public static ClaudeModel Of(string model)
    {
        var name = model.ToLowerInvariant();
        if (Numbers().Match(name) is not { Success: true } found) return new ClaudeModel(new ClaudeModel(null, name).IsAlwaysOn() ? Preview : null, name);
        var minor = found.Groups["minor"] is { Success: true } group ? Number(group) : 0;
        return new ClaudeModel((Number(found.Groups["major"]) * 10) + minor, name);
    }

    /// <summary>Names the turn that a model would have to go on with and cannot: the service's own refusal says neither, in words that may quote.</summary>
    /// <exception cref="GatewayException">400 naming the message.</exception>
    public void CheckLast(VendorTurns turns, IReadOnlyList<ChatMessage> messages, string provider)
    {
        if (ContinuesAssistant || turns.Turns is not [.., { IsAssistant: true }]) return;
        var last = messages.ToList().FindLastIndex(message => message.Role == "assistant");
        throw GatewayException.Invalid($"messages[{last}].role", $"'messages[{last}].role' must be user or tool of the last message: models of provider '{provider}' since Claude 4.6 go on with no turn of the assistant.", "unsupported_parameter");
    }

    private bool IsAlwaysOn() => Name.Contains("claude-fable", StringComparison.Ordinal) || Name.Contains("claude-mythos", StringComparison.Ordinal);

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>A date of eight digits is no part of the version.</summary>
    [GeneratedRegex(@"claude-(?:[a-z]+-)?(?<major>\d)(?!\d)(?:[-.](?<minor>\d)(?!\d))?", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
