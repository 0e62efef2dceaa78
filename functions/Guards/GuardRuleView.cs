namespace Serverless.Functions.Guards;

/// <summary>A rule as callers see it.</summary>
/// <param name="Words">How many there are.</param>
public sealed record GuardRuleView(string? Pii, int? Words, int? ContentSafety, GuardAction Action);
