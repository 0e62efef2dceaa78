using System.Reflection;
using Microsoft.AspNetCore.Routing.Patterns;
using Serverless.Local.Hosting.Timers;

namespace Serverless.Local.Hosting.Catalog;

/// <summary>What starts a function: one of the records below.</summary>
/// <param name="Parameter">The parameter that carries the trigger's attribute.</param>
/// <param name="BindingType">The name that function metadata uses, for example "httpTrigger".</param>
internal abstract record FunctionTrigger(ParameterInfo Parameter, string BindingType)
{
    /// <param name="Pattern">The route with host.json's prefix.</param>
    /// <param name="Methods">Upper-case HTTP methods; empty means all.</param>
    internal sealed record Http(ParameterInfo Parameter, RoutePattern Pattern, IReadOnlyList<string> Methods) : FunctionTrigger(Parameter, "httpTrigger");

    internal sealed record Queue(ParameterInfo Parameter, string QueueName, string? Connection) : FunctionTrigger(Parameter, "queueTrigger");

    internal sealed record Timer(ParameterInfo Parameter, ITimerSchedule Schedule, bool UseMonitor, bool RunOnStartup) : FunctionTrigger(Parameter, "timerTrigger");

    /// <param name="TaskName">The orchestrator's name for its callers: the attribute's, else the function's.</param>
    internal sealed record Orchestration(ParameterInfo Parameter, string TaskName) : FunctionTrigger(Parameter, "orchestrationTrigger");

    /// <param name="TaskName">The activity's name for its callers: the attribute's, else the function's.</param>
    internal sealed record Activity(ParameterInfo Parameter, string TaskName) : FunctionTrigger(Parameter, "activityTrigger");
}
