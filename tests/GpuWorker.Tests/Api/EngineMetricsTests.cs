using System.Text;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class EngineMetricsTests
{
    [Fact]
    public void Write_SeveralReplicas_HasASeriesForEachAndOneHeadForAll()
    {
        var text = Write(new EngineStatus(true, TimeSpan.Zero, 3, 9, 0.5, 30, 40)
        {
            Replays = 7,
            Replicas =
            [
                Replica(running: 1) with { Restarts = 2, PrefixHitTokens = 4, PrefixQueryTokens = 8, Preemptions = 5, Drafts = new DraftCounts(11, 12, 13) },
                Replica(running: 2) with { IsReady = false },
            ],
        });

        Assert.Contains("vllm:num_requests_running{model_name=\"m\",engine=\"0\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:num_requests_running{model_name=\"m\",engine=\"1\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:prefix_cache_hits_total{model_name=\"m\",engine=\"0\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:prefix_cache_queries_total{model_name=\"m\",engine=\"0\"} 8\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:num_preemptions_total{model_name=\"m\",engine=\"0\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:spec_decode_num_drafts_total{model_name=\"m\",engine=\"0\"} 11\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:spec_decode_num_draft_tokens_total{model_name=\"m\",engine=\"0\"} 12\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:spec_decode_num_accepted_tokens_total{model_name=\"m\",engine=\"0\"} 13\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:cache_config_info{model_name=\"m\",engine=\"0\",block_size=\"32\",num_gpu_blocks=\"100\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("serverless:engine_up{model_name=\"m\",engine=\"1\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("serverless:engine_restarts_total{model_name=\"m\",engine=\"0\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("serverless:replayed_requests_total{model_name=\"m\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("serverless:requests_held{model_name=\"m\"} 5\n", text, StringComparison.Ordinal);
        var heads = text.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.Equal(heads.Distinct().Count(), heads.Count);
    }

    [Fact]
    public void Write_DeviceMemory_IsThereByPartWhereAModelHasADevice()
    {
        var text = Write(new EngineStatus(true, TimeSpan.Zero, 3, 9, 0.5, 30, 40) { Replicas = [Replica(1), Replica(1) with { DeviceMemory = new DeviceMemory(10, 20, 30, 1L << 36) }] });

        foreach (var line in new[] { "part=\"weights\"} 10", "part=\"cache\"} 20", "part=\"steps\"} 30", "part=\"free\"} 68719476736" })
            Assert.Contains($"serverless:device_memory_bytes{{model_name=\"m\",engine=\"1\",{line}\n", text, StringComparison.Ordinal);

        Assert.DoesNotContain("serverless:device_memory_bytes{model_name=\"m\",engine=\"0\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Histograms_AreCumulativeUnderVllmsNames()
    {
        var histograms = new EngineHistograms();
        histograms.Record(EngineMeasure.QueueTime, 0.3);
        histograms.Record(EngineMeasure.QueueTime, 0.4);
        histograms.Record(EngineMeasure.QueueTime, 1e6);
        histograms.Record(EngineMeasure.StepTokens, 512);
        var text = Write(Replica(1) with { Histograms = histograms.Snapshot() });

        Assert.Contains("vllm:request_queue_time_seconds_bucket{model_name=\"m\",engine=\"0\",le=\"0.3\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:request_queue_time_seconds_bucket{model_name=\"m\",engine=\"0\",le=\"0.5\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:request_queue_time_seconds_bucket{model_name=\"m\",engine=\"0\",le=\"+Inf\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:request_queue_time_seconds_count{model_name=\"m\",engine=\"0\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("vllm:iteration_tokens_total_sum{model_name=\"m\",engine=\"0\"} 512\n", text, StringComparison.Ordinal);
        foreach (var name in new[] { "prefill_time_seconds", "decode_time_seconds", "inference_time_seconds", "prompt_tokens", "generation_tokens" })
            Assert.Contains($"vllm:request_{name}_count{{", text, StringComparison.Ordinal);
    }

    private static EngineStatus Replica(int running) => new(true, TimeSpan.Zero, running, 2, 0.5, 10, 20) { KvCacheBlocks = 100, KvCacheBlockSize = 32 };

    private static string Write(EngineStatus status)
    {
        var output = new StringBuilder();
        EngineMetrics.Write(output, "m", status);
        return output.ToString();
    }
}
