namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What a string must match, or must not.</summary>
internal sealed record PatternRule(PatternTree Tree, bool IsForbidden = false);
