using System.Globalization;
using System.Text;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Metrics;

/// <summary>The engines' own metrics under vLLM's names, a series for each engine process with the label <c>engine</c>, as vLLM's data-parallel ranks have it.</summary>
internal static class EngineMetrics
{
    private static readonly (string Name, string Type, string Help, Func<EngineStatus, double> Value)[] Values =
    [
        ("vllm:num_requests_running", "gauge", "Sequences in the batch.", s => s.Running),
        ("vllm:num_requests_waiting", "gauge", "Sequences in the queue.", s => s.Waiting),
        ("vllm:kv_cache_usage_perc", "gauge", "Share of the KV cache in use, 0 to 1.", s => s.KvCacheUsage),
        ("vllm:prompt_tokens_total", "counter", "Prompt tokens computed.", s => s.PromptTokens),
        ("vllm:generation_tokens_total", "counter", "Tokens generated.", s => s.GeneratedTokens),
        ("vllm:num_preemptions_total", "counter", "How often a sequence gave its blocks up to others.", s => s.Preemptions),
        ("vllm:prefix_cache_queries_total", "counter", "Tokens looked for in the prefix cache.", s => s.PrefixQueryTokens),
        ("vllm:prefix_cache_hits_total", "counter", "Tokens found in the prefix cache.", s => s.PrefixHitTokens),
        ("vllm:spec_decode_num_drafts_total", "counter", "How often a sequence drafted tokens in a step.", s => s.Drafts.Drafts),
        ("vllm:spec_decode_num_draft_tokens_total", "counter", "Tokens drafted.", s => s.Drafts.Tokens),
        ("vllm:spec_decode_num_accepted_tokens_total", "counter", "Drafted tokens that were then sampled.", s => s.Drafts.AcceptedTokens),
        ("serverless:engine_up", "gauge", "Whether the engine is ready, 0 or 1.", s => s.IsReady ? 1 : 0),
        ("serverless:engine_restarts_total", "counter", "How often the engine's process has been started again.", s => s.Restarts),
    ];

    private static readonly (string Name, string Help, EngineMeasure Measure)[] Histograms =
    [
        ("vllm:request_queue_time_seconds", "From arrival to the first step.", EngineMeasure.QueueTime),
        ("vllm:request_prefill_time_seconds", "From the first step to the first token.", EngineMeasure.PrefillTime),
        ("vllm:request_decode_time_seconds", "From the first token to the last.", EngineMeasure.DecodeTime),
        ("vllm:request_inference_time_seconds", "From the first step to the last token.", EngineMeasure.InferenceTime),
        ("vllm:request_prompt_tokens", "Tokens of a prompt.", EngineMeasure.PromptTokens),
        ("vllm:request_generation_tokens", "Tokens of an answer.", EngineMeasure.GenerationTokens),
        ("vllm:iteration_tokens_total", "Tokens of a step.", EngineMeasure.StepTokens),
    ];

    /// <param name="modelName">Escaped.</param>
    public static void Write(StringBuilder output, string modelName, EngineStatus status)
    {
        var engines = status.Replicas.Count > 0 ? status.Replicas : [status];
        foreach (var (name, type, help, value) in Values)
        {
            Head(output, name, type, help);
            for (var i = 0; i < engines.Count; i++) Line(output, name, Labels(modelName, i), value(engines[i]));
        }

        Head(output, "vllm:cache_config_info", "gauge", "The KV cache, as labels.");
        for (var i = 0; i < engines.Count; i++)
        {
            if (engines[i].KvCacheBlocks > 0) Line(output, "vllm:cache_config_info", $"{Labels(modelName, i)},block_size=\"{engines[i].KvCacheBlockSize}\",num_gpu_blocks=\"{engines[i].KvCacheBlocks}\"", 1);
        }

        Head(output, "serverless:device_memory_bytes", "gauge", "What the engine's model took of its device when it was warmed up, by part, and what was then free.");
        for (var i = 0; i < engines.Count; i++)
        {
            if (engines[i].DeviceMemory is not { } memory) continue;
            foreach (var (part, bytes) in ((string, long)[])[("weights", memory.Weights), ("cache", memory.Cache), ("steps", memory.Steps), ("free", memory.Free)])
                Line(output, "serverless:device_memory_bytes", $"{Labels(modelName, i)},part=\"{part}\"", bytes);
        }

        foreach (var (name, help, measure) in Histograms)
        {
            Head(output, name, "histogram", help);
            for (var i = 0; i < engines.Count; i++)
            {
                if (engines[i].Histograms.Count > (int)measure) Histogram(output, name, Labels(modelName, i), EngineHistograms.Bounds(measure), engines[i].Histograms[(int)measure]);
            }
        }

        Head(output, "serverless:replayed_requests_total", "counter", "Requests taken up again after the process that ran them had died.");
        Line(output, "serverless:replayed_requests_total", $"model_name=\"{modelName}\"", status.Replays);
        Head(output, "serverless:requests_held", "gauge", "Requests that wait for an engine to be there.");
        Line(output, "serverless:requests_held", $"model_name=\"{modelName}\"", status.Replicas.Count == 0 ? 0 : status.Waiting - status.Replicas.Sum(r => r.Waiting));
    }

    private static string Labels(string modelName, int engine) => string.Create(CultureInfo.InvariantCulture, $"model_name=\"{modelName}\",engine=\"{engine}\"");

    private static void Head(StringBuilder output, string name, string type, string help) => output.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder output, string name, string labels, double value) => output.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");

    private static void Histogram(StringBuilder output, string name, string labels, IReadOnlyList<double> bounds, HistogramCounts histogram)
    {
        var cumulative = 0L;
        for (var i = 0; i < histogram.Counts.Count; i++)
        {
            cumulative += histogram.Counts[i];
            var bound = i < bounds.Count ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            output.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {cumulative}\n");
        }

        output.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {histogram.Sum:R}\n{name}_count{{{labels}}} {cumulative}\n");
    }
}
