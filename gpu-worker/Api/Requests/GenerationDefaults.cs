namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What a request that does not say gets: the checkpoint's generation_config.json, and the configured length of an answer.</summary>
/// <param name="Temperature">0..2.</param>
/// <param name="TopP">0 (exclusive) to 1.</param>
/// <param name="TopK">0 means no limit.</param>
/// <param name="MinP">0..1; 0 means no limit.</param>
/// <param name="RepetitionPenalty">Over 0 to 2; 1 is none.</param>
/// <param name="MaxTokens">At most this many tokens, or what fits in the context when that is less.</param>
public sealed record GenerationDefaults(double Temperature = 1, double TopP = 1, int TopK = 0, int MaxTokens = 1024, double MinP = 0, double RepetitionPenalty = 1);
