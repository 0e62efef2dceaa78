using System.Reflection;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Catalog;

/// <summary>One function as found in the assembly, checked and ready to run.</summary>
internal sealed record FunctionDescriptor(
    string Name,
    MethodInfo Method,
    FunctionTrigger Trigger,
    IReadOnlyList<ParameterBinding> Bindings,
    LocalFunctionDefinition Definition);
