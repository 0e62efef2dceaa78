using Serverless.Contracts;

namespace Serverless.GpuWorker.Api;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>.</summary>
internal static class HealthEndpoints
{
    public static IResult Live() => Results.Json(new { Status = "live" }, WireJson.Options);

    public static IResult Ready(ServingState state, TimeProvider time, TimeSpan stallAfter)
    {
        var report = HealthReport.Of(state.Phase, state.Models?.Llm?.Engine.GetStatus(), time.GetSteadyNow(), stallAfter, state.Models?.Encoders);
        return Results.Json(new { report.Status }, WireJson.Options, statusCode: report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
