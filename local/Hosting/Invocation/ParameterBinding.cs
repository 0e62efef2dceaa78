namespace Serverless.Local.Hosting.Invocation;

/// <summary>
/// Makes one argument of an invocation. An orchestrator's bindings complete synchronously: nothing but its context's tasks may be awaited there.
/// </summary>
/// <exception cref="Http.RequestBindingException">The request does not hold what the parameter needs.</exception>
internal delegate ValueTask<object?> ParameterBinding(LocalFunctionContext context);
