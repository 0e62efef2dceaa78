using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Local.Hosting.Catalog;

internal sealed class LocalFunctionDefinition(string name, MethodInfo method, IImmutableDictionary<string, BindingMetadata> inputBindings) : FunctionDefinition
{
    public override string PathToAssembly { get; } = method.Module.FullyQualifiedName;

    public override string EntryPoint { get; } = $"{method.DeclaringType?.FullName}.{method.Name}";

    /// <summary>Names are unique within an app, so a name is an id, and stays the same from start to start.</summary>
    public override string Id { get; } = name;

    public override string Name { get; } = name;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } = inputBindings;
}
