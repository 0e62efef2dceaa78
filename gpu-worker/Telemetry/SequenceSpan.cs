using System.Diagnostics;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Telemetry;

/// <summary>
/// One sequence as vLLM's traces have it (vllm/tracing: span <c>llm_request</c>, <c>gen_ai.latency.*</c> in seconds, token counts), with a span for its queueing, its
/// prefill and its decoding below. It is told times and counts, never content. Times are the engine process's own; of a sequence that was taken up again after a crash
/// they are those of its last life.
/// </summary>
internal sealed class SequenceSpan : IDisposable
{
    private readonly Activity _activity;
    private readonly DateTime _started;
    private int _tokens;
    private SequenceTimes? _times;
    private string _reason = "error";

    private SequenceSpan(Activity activity) => (_activity, _started) = (activity, activity.StartTimeUtc);

    /// <summary>Null, at no cost, while nobody listens.</summary>
    public static SequenceSpan? Begin(string model, GenerationRequest request)
    {
        var activity = WorkerTraces.Source.StartActivity("llm_request");
        if (activity is not { IsAllDataRequested: true })
        {
            activity?.Dispose();
            return null;
        }

        activity.SetTag("gen_ai.request.model", model)
            .SetTag("gen_ai.request.max_tokens", request.MaxTokens)
            .SetTag("gen_ai.usage.input_tokens", request.PromptTokens.Length);
        return new SequenceSpan(activity);
    }

    public void Token(GeneratedToken token)
    {
        _tokens++;
        _times ??= token.Times;
    }

    /// <param name="reason">One of the closed set of request_success_total.</param>
    public void Finish(string reason) => _reason = reason;

    public void Dispose()
    {
        _activity.SetTag("gen_ai.usage.output_tokens", _tokens).SetTag("gen_ai.response.finish_reasons", new[] { _reason });
        if (_reason == "error") _activity.SetTag("error.type", "engine_failed").SetStatus(ActivityStatusCode.Error);
        if (_times is { } times)
        {
            var (scheduled, first) = (_started + times.Queue, _started + times.Queue + times.Prefill);
            _activity.SetTag("gen_ai.latency.time_in_queue", times.Queue.TotalSeconds)
                .SetTag("gen_ai.latency.time_in_model_prefill", times.Prefill.TotalSeconds)
                .SetTag("gen_ai.latency.time_in_model_decode", times.Decode.TotalSeconds)
                .SetTag("gen_ai.latency.time_to_first_token", (times.Queue + times.Prefill).TotalSeconds);
            Part("queue", _started, times.Queue);
            Part("prefill", scheduled, times.Prefill);
            Part("decode", first, times.Decode);
        }

        _activity.Dispose();
    }

    private void Part(string name, DateTime from, TimeSpan duration)
    {
        using var part = WorkerTraces.Source.StartActivity(name, ActivityKind.Internal, _activity.Context, startTime: from);
        part?.SetEndTime(from + duration);
    }
}
