namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>What has been read of a streamed chat.</summary>
internal sealed record StreamedAnswer(string Text, int[] Tokens, string? FinishReason, int? CompletionTokens, int? ResumedTokens);
