namespace Serverless.Functions.Guards;

/// <summary>A route's guards as callers see them.</summary>
public sealed record GuardView(IReadOnlyList<GuardRuleView> Input, IReadOnlyList<GuardRuleView> Output)
{
    public static GuardView? Of(GuardSettings? settings) => settings is null ? null : new GuardView(Of(settings.Input), Of(settings.Output));

    private static IReadOnlyList<GuardRuleView> Of(IReadOnlyList<GuardRule> rules) => [.. rules.Select(r => new GuardRuleView(r.Pii, r.Words?.Count, r.ContentSafety, r.Action))];
}
