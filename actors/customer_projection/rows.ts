/** An answer to who asks for a customer, as it is given. */
interface AnswerRow {
  tenant: string;
  id: string;
  /** What it shows, as `answerTag` names it. */
  tag: string;
  /** JSON. */
  answer: string;
}

/** That a customer is found by what begins so. */
interface TermRow {
  tenant: string;
  /** As `folded` spells it. */
  term: string;
  id: string;
  /** Of the customer; one that is not the customer's any more finds nobody. */
  version: number;
}

export interface ProjectionDatabase {
  customerAnswers: AnswerRow;
  customerTerms: TermRow;
}
