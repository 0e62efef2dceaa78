using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// How a model of Anthropic's is asked to think, at Anthropic and at Bedrock: from the API's own <c>thinking</c> or OpenAI's <c>reasoning_effort</c> to what the model takes, a budget of
/// tokens, an adaptive thinking with an effort, or neither (<see cref="ClaudeModel"/>). What the API refuses beside thoughts is left out.
/// </summary>
/// <param name="Thinking">The request's <c>thinking</c>; null for none.</param>
/// <param name="Effort">The request's <c>output_config.effort</c>; null for none.</param>
/// <param name="MaxTokens">Tokens of thoughts and answer together, where the caller gives no limit.</param>
internal sealed record AnthropicThinking(ClaudeModel Model, JsonObject? Thinking, string? Effort, int MaxTokens)
{
    private const string Field = "thinking";

    /// <summary>The API's least.</summary>
    private const int LeastBudget = 1024;

    private const int Medium = 8192;
    private const int High = 24576;

    /// <summary>What is left for an answer where an effort becomes a budget.</summary>
    private const int LeastAnswer = 1024;

    /// <summary>The API's least top_p beside thoughts.</summary>
    private const double LeastTopP = 0.95;

    /// <summary>Whether the model may think, which it does not do where a tool must be called.</summary>
    public bool IsOn => (string?)Thinking?["type"] is { } type ? type is "enabled" or "adaptive" : Model.ThinksUnasked;

    private bool IsAsked => (string?)Thinking?["type"] is "enabled" or "adaptive";

    /// <summary>Whether a caller asks for thoughts by the API's own word.</summary>
    public static bool Asks(GenerationSettings settings) => Given(settings) is { } thinking && VendorJson.Text(thinking, "type") is "enabled" or "adaptive";

    /// <param name="provider">The provider's name, for what is refused. At Bedrock Claude Opus 4.5 takes an effort behind a switch only, and gets none.</param>
    /// <exception cref="GatewayException">400: an effort that is none, or a budget that does not go with the limit of tokens.</exception>
    public static AnthropicThinking Of(string model, Generation chat, string provider)
    {
        var (settings, claude) = (chat.Settings, ClaudeModel.Of(model));
        var word = Word(settings);
        var thinking = Given(settings) is { } given ? OfGiven(given, claude, settings, ref word) : settings.IsEffortAlone ? null : OfEffort(claude, settings, ref word);
        if ((string?)thinking?["type"] == "enabled")
        {
            // A turn that goes on after its calls must begin with the thoughts that led to them, which not every client brings back.
            if (LacksThoughts(chat.Messages!)) thinking = null;
            else CheckBudget(thinking!, chat, provider);
        }

        var hasEffort = claude.IsUnknown ? provider == "anthropic" : claude.HasEfforts && (provider == "anthropic" || claude.IsAdaptive);
        var effort = hasEffort ? EffortOf(word, claude, isOff: (string?)thinking?["type"] == "disabled") : null;
        var limit = new AnthropicThinking(claude, thinking, effort, AnthropicBody.DefaultMaxTokens);
        return limit.IsOn ? limit with { MaxTokens = AnthropicBody.DefaultMaxTokens + (Budget(thinking) ?? High) } : limit;
    }

    /// <summary>The settings less what is refused beside thoughts, or by the model in any case: a temperature and the like, and a choice that asks for a call.</summary>
    public GenerationSettings Without(GenerationSettings settings)
    {
        if (settings.ToolChoice is { } choice && (IsAsked || Model.AlwaysThinks) && AsksForCall(choice)) settings = settings with { ToolChoice = JsonSerializer.SerializeToElement("auto") };
        if (!Model.TakesSampling) return settings with { Temperature = null, TopP = null, TopK = null };
        return IsAsked ? settings with { Temperature = null, TopK = null, TopP = settings.TopP >= LeastTopP ? settings.TopP : null } : settings;
    }

    private static JsonElement? Given(GenerationSettings settings) => settings.Extra?.TryGetValue(Field, out var thinking) == true && thinking.ValueKind == JsonValueKind.Object ? thinking : null;

    private static string? Word(GenerationSettings settings)
    {
        if (settings.Extra?.TryGetValue("reasoning_effort", out var effort) != true || effort.ValueKind != JsonValueKind.String) return null;
        return effort.GetString() is "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"
            ? effort.GetString()
            : throw GatewayException.Invalid("reasoning_effort", "'reasoning_effort' must be none, minimal, low, medium, high, xhigh or max.");
    }

    /// <summary>What the caller writes, in the form that the model takes.</summary>
    private static JsonObject? OfGiven(JsonElement given, ClaudeModel claude, GenerationSettings settings, ref string? word)
    {
        var thinking = JsonObject.Create(given)!;
        switch (VendorJson.Text(given, "type"))
        {
            case "disabled" when claude.AlwaysThinks:
                return null;
            case "adaptive" when !claude.IsUnknown && !claude.IsAdaptive:
                return claude.Thinks && word != "none" ? Fitting(BudgetOf(word), settings) : null;
            case "enabled" when claude is { IsAdaptive: true, HasBudgets: false }:
                word ??= Budget(thinking) switch { < 4096 => "low", < 16384 => "medium", _ => "high" };
                return Adaptive(claude, thinking["display"]?.DeepClone());
            default:
                return thinking;
        }
    }

    /// <summary>What an effort asks for alone. A call that is asked for beside it comes without thoughts.</summary>
    private static JsonObject? OfEffort(ClaudeModel claude, GenerationSettings settings, ref string? word)
    {
        if (word is null || claude.IsUnknown || !claude.Thinks) return null;
        if (word == "none")
        {
            // Who cannot do without thinks as little as it can.
            if (claude.AlwaysThinks) word = "low";
            return claude is { ThinksUnasked: true, AlwaysThinks: false } ? new JsonObject { ["type"] = "disabled" } : null;
        }

        if (settings.ToolChoice is { } choice && AsksForCall(choice)) return null;
        return claude.IsAdaptive ? Adaptive(claude, display: null) : Fitting(BudgetOf(word), settings);
    }

    private static JsonObject Adaptive(ClaudeModel claude, JsonNode? display)
    {
        var thinking = new JsonObject { ["type"] = "adaptive" };
        if ((display ?? (claude.HidesThoughts ? "summarized" : null)) is { } told) thinking["display"] = told;
        return thinking;
    }

    private static int BudgetOf(string? word) => word switch { "minimal" or "low" => LeastBudget, "medium" or null => Medium, _ => High };

    /// <returns>Null where the limit of tokens leaves no room to think.</returns>
    private static JsonObject? Fitting(int budget, GenerationSettings settings)
    {
        if (settings.MaxTokens is { } most) budget = Math.Min(budget, most - LeastAnswer);
        return budget < LeastBudget ? null : new JsonObject { ["type"] = "enabled", ["budget_tokens"] = budget };
    }

    private static string? EffortOf(string? word, ClaudeModel claude, bool isOff) => word switch
    {
        null or "none" => null,
        "minimal" => "low",
        // Without thoughts there is none above high.
        "xhigh" or "max" when isOff => "high",
        "xhigh" when !claude.IsUnknown && !claude.HidesThoughts => "high",
        "max" when !claude.IsUnknown && !claude.IsAdaptive => "high",
        _ => word,
    };

    private static int? Budget(JsonObject? thinking) => thinking is null ? null : VendorJson.Count(JsonSerializer.SerializeToElement(thinking), "budget_tokens");

    private static void CheckBudget(JsonObject thinking, Generation chat, string provider)
    {
        // With this the budget is of all thoughts between a turn's calls.
        var isOfTurn = chat.Betas?.Contains("interleaved-thinking", StringComparison.Ordinal) == true;
        if (Budget(thinking) is not { } budget || (budget >= LeastBudget && (isOfTurn || !(budget >= chat.Settings.MaxTokens)))) return;
        throw GatewayException.Invalid("thinking.budget_tokens", $"'thinking.budget_tokens' must be at least {LeastBudget} and less than 'max_tokens' for provider '{provider}'.");
    }

    private static bool LacksThoughts(IReadOnlyList<ChatMessage> messages)
    {
        // The assistant's last turn may be several messages.
        var turn = messages.Reverse().SkipWhile(message => message.Role != "assistant").TakeWhile(message => message.Role == "assistant").ToList();
        return turn.Exists(message => message.ToolCalls is { Count: > 0 }) && !turn.Exists(message => AnthropicBody.Thoughts(message).Any());
    }

    private static bool AsksForCall(JsonElement choice) => choice.ValueKind != JsonValueKind.String || !(choice.ValueEquals("auto"u8) || choice.ValueEquals("none"u8));
}
