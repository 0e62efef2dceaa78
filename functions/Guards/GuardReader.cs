using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Guards;

/// <summary>Reads <c>guards: {input?: [rule], output?: [rule]}</c>, a rule being <c>{pii | words | content_safety, action}</c>.</summary>
internal static class GuardReader
{
    private const int MaxRules = 16;
    private const int MaxWords = 1000;

    private static readonly string[] Actions = ["report", "mask", "block"];

    /// <param name="hasContentSafety">Whether the app has a Content Safety resource.</param>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static GuardSettings? Read(JsonFields fields, bool hasContentSafety)
    {
        var settings = new GuardSettings(Rules("input"), Rules("output"));
        fields.RejectUnknown();
        return settings.Input.Count + settings.Output.Count > 0 ? settings : null;

        IReadOnlyList<GuardRule> Rules(string side) => [.. (fields.Objects(side, MaxRules) ?? []).Select(rule => Rule(rule, hasContentSafety))];
    }

    private static GuardRule Rule(JsonFields fields, bool hasContentSafety)
    {
        var rule = new GuardRule
        {
            Pii = fields.OptionalString("pii", 16),
            Words = fields.Strings("words", MaxWords, 100)?.Select(w => w.Trim()).ToList(),
            ContentSafety = fields.Integer("content_safety", 1, 7, 0) is var severity and > 0 ? severity : null,
            Action = Action(fields),
        };
        fields.RejectUnknown();
        if ((rule.Pii is null ? 0 : 1) + (rule.Words is null ? 0 : 1) + (rule.ContentSafety is null ? 0 : 1) != 1)
            throw GatewayException.Invalid(fields.PathOf("pii"), $"'{fields.PathOf("pii")}': a rule has exactly one of pii, words and content_safety.");
        if (rule.Pii is { } kind && !TextGuard.PiiKinds.Contains(kind))
            throw GatewayException.Invalid(fields.PathOf("pii"), $"'{fields.PathOf("pii")}' must be one of: {string.Join(", ", TextGuard.PiiKinds)}.");
        if (rule.Words?.All(w => w.Length >= 2) == false || rule.Words?.Count == 0)
            throw GatewayException.Invalid(fields.PathOf("words"), $"'{fields.PathOf("words")}' must list 1 to {MaxWords} words of 2 to 100 characters.");
        if (rule.ContentSafety is not null && rule.Action == GuardAction.Mask)
            throw GatewayException.Invalid(fields.PathOf("action"), $"'{fields.PathOf("action")}' must be block or report: Content Safety does not say where in a text it found something.");
        if (rule.ContentSafety is not null && !hasContentSafety)
            throw GatewayException.Invalid(fields.PathOf("content_safety"), $"'{fields.PathOf("content_safety")}' needs the setting 'ContentSafety:Endpoint'.");
        return rule;
    }

    private static GuardAction Action(JsonFields fields)
    {
        var action = fields.RequiredString("action", 16);
        var index = Array.IndexOf(Actions, action);
        return index >= 0 ? (GuardAction)index : throw GatewayException.Invalid(fields.PathOf("action"), $"'{fields.PathOf("action")}' must be one of: {string.Join(", ", Actions)}.");
    }
}
