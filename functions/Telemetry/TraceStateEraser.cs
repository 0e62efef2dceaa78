using System.Diagnostics;
using OpenTelemetry;

namespace Serverless.Functions.Telemetry;

/// <summary>Takes <c>tracestate</c> off every span: it is a caller's text, and the host hands it on.</summary>
internal sealed class TraceStateEraser : BaseProcessor<Activity>
{
    public override void OnStart(Activity data) => data.TraceStateString = null;
}
