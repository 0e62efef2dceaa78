using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api.Streams;

/// <summary>Checks of <c>stream_to</c>.</summary>
internal static class StreamTargets
{
    private const int HubChars = 128;
    private const int UserChars = 256;
    private const int IdChars = 64;

    /// <exception cref="ApiException">400, naming the field.</exception>
    public static void Check(StreamTarget target, GenerationSettings settings, int prompts)
    {
        // The names that Azure SignalR takes: they are parts of its URLs.
        if (target.Hub is not { Length: >= 1 and <= HubChars } hub || !char.IsAsciiLetter(hub[0]) || !hub.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw ApiErrors.Invalid("stream_to.hub", $"stream_to.hub must have from 1 to {HubChars} letters, digits or '_', a letter first.");
        }

        if (target.User is not { Length: >= 1 and <= UserChars } user || string.IsNullOrWhiteSpace(user) || user.Any(char.IsControl))
        {
            throw ApiErrors.Invalid("stream_to.user", $"stream_to.user must have from 1 to {UserChars} characters, no control characters among them.");
        }

        if (target.StreamId is { } id && (id.Length is < 1 or > IdChars || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
        {
            throw ApiErrors.Invalid("stream_to.stream_id", $"stream_to.stream_id must have from 1 to {IdChars} letters, digits, '-' or '_'.");
        }

        if (settings.Choices > 1) throw ApiErrors.Invalid("n", "n must be 1 with stream_to: a stream is one answer.");
        if (prompts > 1) throw ApiErrors.Invalid("prompt", "prompt must be one with stream_to: a stream is one answer.");
        if (settings.ReturnsTokenIds) throw ApiErrors.Invalid("return_token_ids", "return_token_ids must be false with stream_to, whose messages hold text.");
        if (settings.Echoes) throw ApiErrors.Invalid("echo", "echo must be false with stream_to, which pushes an answer alone.");
        if (settings.PromptLogprobs is not null) throw ApiErrors.Invalid("prompt_logprobs", "prompt_logprobs must not be asked for with stream_to, whose messages hold text.");
        if (settings.Sampling.Logprobs is not null) throw ApiErrors.Invalid("logprobs", "logprobs must not be asked for with stream_to, whose messages hold text.");
    }
}
