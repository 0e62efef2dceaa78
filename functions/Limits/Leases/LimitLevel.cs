using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>How a limit stands.</summary>
/// <param name="Remaining">As this instance knows it: exact when it has just asked, otherwise as of its last lease.</param>
/// <param name="ResetsIn">Until the window is over; zero for concurrency.</param>
public sealed record LimitLevel(LimitRule Rule, long Remaining, TimeSpan ResetsIn);
