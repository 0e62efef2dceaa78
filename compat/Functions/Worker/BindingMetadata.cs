namespace Microsoft.Azure.Functions.Worker;

public abstract class BindingMetadata
{
    public abstract string Name { get; }

    /// <summary>The trigger or binding, for example "httpTrigger" or "orchestrationTrigger".</summary>
    public abstract string Type { get; }
}
