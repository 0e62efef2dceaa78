namespace Serverless.Functions.Ingestion.State;

/// <summary>Hears of every change of a status that this instance wrote. It must return at once, and it must not throw.</summary>
public interface IStatusWatcher
{
    /// <param name="before">Null: there was none.</param>
    /// <param name="after">Null: the document is gone.</param>
    void Changed(DocumentName document, DocumentStatus? before, DocumentStatus? after);
}
