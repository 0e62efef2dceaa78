using System.Text;

namespace Serverless.GpuWorker.Api.Metrics;

/// <summary><c>GET /metrics</c>.</summary>
internal static class MetricsEndpoint
{
    public static IResult Handle(ServingState state, ServingMetrics metrics)
    {
        var llm = state.Models?.Llm;
        return Results.Text(metrics.Write(llm?.Name ?? "", llm?.Engine.GetStatus()), "text/plain; version=0.0.4", Encoding.UTF8);
    }
}
